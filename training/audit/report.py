"""What an audit found: figures for the report, and a table for people."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.reporting import check_folder
from nlp_service.errors import ConfigurationError
from nlp_service.review.tables import check_ending, write_table
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from training.audit.findings import Conflict, SiblingPair, Suspicion
from training.audit.places import Place

COLUMNS = ("file", "row", "text", "label", "suggested", "kind", "level", "quality", "p_label", "p_suggested", "correct")
SHOWN = 20
DECIMALS = 6


def summary(
    given: Sequence[str],
    suspicions: Sequence[Suspicion],
    pairs: Sequence[SiblingPair],
    conflicts: Sequence[Conflict],
    places: Sequence[Place],
) -> dict[str, Any]:
    """Figures for `evaluation.reporting.write_report`; no texts. Rows count as in their files.

    Args:
        given, places: of all rows that were audited.
    """
    rows, suspected = Counter(given), Counter(item.given for item in suspicions)
    worst = sorted(suspected, key=lambda code: (-suspected[code] / rows[code], code))
    inseparable = [pair for pair in pairs if pair.is_inseparable]
    return {
        "labels": {
            "rows": len(given),
            "suspected": len(suspicions),
            "share suspected": len(suspicions) / len(given) if given else 0.0,
            **{f"suspected: {kind}": count for kind, count in sorted(Counter(s.kind for s in suspicions).items())},
            "texts with conflicting labels": len(conflicts),
            "sibling pairs that this model can't tell apart": len(inseparable),
        },
        "most suspected labels": {
            code: {"rows": rows[code], "suspected": suspected[code], "share": suspected[code] / rows[code]}
            for code in worst[:SHOWN]
        },
        "siblings that can't be told apart: merge them, or describe the difference": _pair_table(inseparable),
        "siblings most often taken for each other": _pair_table(
            [pair for pair in pairs if not pair.is_inseparable][:SHOWN]
        ),
        "conflicting labels": {
            ", ".join(map(str, list(dict.fromkeys(places[row] for row in conflict.rows))[:SHOWN])): {
                "labels": "; ".join(sorted({label or OUT_OF_SCOPE for label in conflict.labels}))
            }
            for conflict in conflicts[:SHOWN]
        },
    }


def check_audit(path: Path) -> None:
    """Refuse a table that can't be written, before the work.

    Raises:
        ConfigurationError: if it is of another ending than .jsonl and .csv, or its place is taken.
    """
    check_ending(path)
    check_folder(path.parent)
    if path.is_dir():
        raise ConfigurationError(f"{path}: is a folder; a file is needed")


def write_audit(
    path: Path,
    suspicions: Sequence[Suspicion],
    places: Sequence[Place],
    texts: Sequence[str],
    labels: Sequence[str | None],
) -> None:
    """Write suspicions with their texts for people to decide: JSON Lines, or CSV that spreadsheets read.

    `correct` is empty, for what people decide: `nlp-service review import --column correct` reads it. A CSV cell that a
    spreadsheet would compute begins with an apostrophe.

    Args:
        path: ends in .jsonl or .csv.
        places, texts, labels: of all rows that were audited, texts and labels as they were written.

    Raises:
        ServiceError: if the file is of another ending, or can't be written.
    """
    check_ending(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = [
        (
            places[item.row].file,
            places[item.row].row,
            texts[item.row],
            labels[item.row] or OUT_OF_SCOPE,
            item.suggested,
            item.kind,
            item.level,
            *(round(number, DECIMALS) for number in (item.quality, item.p_given, item.p_suggested)),
            "",
        )
        for item in suspicions
    ]
    write_table(path, COLUMNS, table)


def _pair_table(pairs: Sequence[SiblingPair]) -> dict[str, dict[str, Any]]:
    return {
        f"{pair.first} / {pair.second}": {
            "level": pair.level,
            "rows": pair.rows,
            "confused": pair.confused,
            "kappa": pair.kappa,
        }
        for pair in pairs
    }
