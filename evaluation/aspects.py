"""Score aspects: what a sentence is found to praise or complain about, and how.

`python -m evaluation.aspects --report DIR`; rows are `{"text", "aspects": [{"text", "sentiment"}], "part"}`.
An aspect is found exactly, or by a span that overlaps it; each span counts for one aspect at most.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.reporting import command_line, one_line_errors, write_report
from evaluation.serving import answers
from nlp_service.contracts import SENTIMENTS, Aspect
from nlp_service.errors import DataError
from nlp_service.lines import numbered_lines
from nlp_service.text import detect_language

CHALLENGE = Path("evaluation/challenge/aspects.jsonl")


@dataclass(frozen=True, slots=True)
class Named:
    """An aspect as labelled: its span in the text, and the sentiment about it."""

    start: int
    end: int
    sentiment: str


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled text. Rules were made looking at the part "development", never at "blind"."""

    text: str
    aspects: tuple[Named, ...]
    part: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.aspects", description=__doc__)
    parser.add_argument("--test", type=Path, default=CHALLENGE, help="default: %(default)s")
    parser.add_argument("--sentiment", type=Path, default=Path("models/sentiment"), help="default: %(default)s")
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    options = parser.parse_args()
    with one_line_errors("evaluation.aspects", options.report):
        rows = read_rows(options.test)
        results, digests = answers(
            [row.text for row in rows],
            lambda analysis, some: analysis.sentiment(some),
            {"sentiment": options.sentiment},
        )
    predicted = [[aspect for sentence in result.sentences for aspect in sentence.aspects] for result in results]
    write_report(
        options.report,
        "Aspects",
        figures(rows, predicted),
        command=command_line("evaluation.aspects"),
        data=[options.test],
        artifacts=digests,
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))


def read_rows(path: Path) -> list[Row]:
    """Read labelled texts; an aspect is where its words first occur after the aspect before it.

    Raises:
        DataError: a line that isn't such a row, named by its number.
    """
    return [_row(line, f"{path}: line {number}") for number, line in numbered_lines(path)]


def figures(rows: Sequence[Row], predicted: Sequence[Sequence[Aspect]]) -> dict[str, Any]:
    """Precision, recall and F1 of spans, accuracy of the sentiment where they overlap: all, by part and language."""

    def group(name: Callable[[Row], str]) -> dict[str, dict[str, Any]]:
        names = [name(row) for row in rows]
        return {
            value: _scores([(r, p) for r, p, n in zip(rows, predicted, names, strict=True) if n == value])
            for value in sorted(set(names))
        }

    return {
        "all": {"all": _scores(list(zip(rows, predicted, strict=True)))},
        "by part": group(lambda row: row.part),
        "by language": group(lambda row: detect_language(row.text)),
        "by part and language": group(lambda row: f"{row.part}, {detect_language(row.text)}"),
    }


def _row(line: str, where: str) -> Row:
    try:
        fields = json.loads(line)
        text, listed = str(fields["text"]), [(str(a["text"]), str(a["sentiment"])) for a in fields["aspects"]]
    except (ValueError, KeyError, TypeError):
        raise DataError(f'{where}: must be {{"text", "aspects": [{{"text", "sentiment"}}]}}') from None
    aspects: list[Named] = []
    for words, sentiment in listed:
        start = text.find(words, aspects[-1].end if aspects else 0)
        if not words or start < 0:
            raise DataError(f"{where}: the words of an aspect aren't in the text, or not in this order")
        if sentiment not in SENTIMENTS:
            raise DataError(f"{where}: the sentiment must be one of {', '.join(SENTIMENTS)}")
        aspects.append(Named(start, start + len(words), sentiment))
    return Row(text, tuple(aspects), str(fields.get("part", "all")))


def _scores(pairs: Sequence[tuple[Row, Sequence[Aspect]]]) -> dict[str, Any]:
    labelled = sum(len(row.aspects) for row, _ in pairs)
    found = sum(len(aspects) for _, aspects in pairs)
    exact = sum(_exact(row.aspects, aspects) for row, aspects in pairs)
    matched = [match for row, aspects in pairs for match in _overlapping(row.aspects, aspects)]
    right = sum(named.sentiment == aspect.sentiment for named, aspect in matched)
    return {
        "rows": len(pairs),
        "aspects": labelled,
        **_rates("exact", exact, found, labelled),
        **_rates("overlapping", len(matched), found, labelled),
        "sentiment accuracy": right / len(matched) if matched else None,
    }


def _rates(name: str, right: int, found: int, labelled: int) -> dict[str, float | None]:
    """Precision and F1 are null where nothing was found or labelled."""
    return {
        f"{name} precision": right / found if found else None,
        f"{name} recall": right / labelled if labelled else None,
        f"{name} F1": 2 * right / (found + labelled) if found + labelled else None,
    }


def _exact(labelled: Sequence[Named], found: Sequence[Aspect]) -> int:
    return len({(a.start, a.end) for a in labelled} & {(a.start, a.end) for a in found})


def _overlapping(labelled: Sequence[Named], found: Sequence[Aspect]) -> list[tuple[Named, Aspect]]:
    """Pair labelled and found spans that overlap one to one, those with the longest overlap first."""
    candidates = [
        (min(named.end, aspect.end) - max(named.start, aspect.start), i, j)
        for i, named in enumerate(labelled)
        for j, aspect in enumerate(found)
    ]
    pairs: list[tuple[int, int]] = []
    for overlap, i, j in sorted(candidates, key=lambda candidate: (-candidate[0], *candidate[1:])):
        if overlap > 0 and all(i != one and j != other for one, other in pairs):
            pairs.append((i, j))
    return [(labelled[i], found[j]) for i, j in sorted(pairs)]


if __name__ == "__main__":
    main()
