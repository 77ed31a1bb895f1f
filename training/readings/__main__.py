"""Put labels given by reading beside their texts: `python -m training.readings --data DATA --out runs/readings`.

Texts of the public sets don't enter this repository. So a row of `training/readings/*.jsonl` names each text by its
digest, or a conversation by its id, and this command looks it up in the data folder, in the file that `index.yaml`
names for it. Where the index says `keep: true`, rows of that file that weren't read again keep the label they had.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from evaluation.labelled import read_rows
from evaluation.reporting import one_line_errors
from nlp_service.errors import DataError
from nlp_service.text import split_sentences

READINGS = Path("training/readings")
INDEX = "index.yaml"
DIGEST = 16
"""Hexadecimal digits of a digest."""
_TEXTS = ("text", "a", "b")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.readings", description=__doc__)
    parser.add_argument("--readings", type=Path, default=READINGS, help="default: %(default)s")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with one_line_errors("training.readings", options.out):
        restore(options.readings, options.data, options.out)


def restore(readings: Path, data: Path, out: Path) -> None:
    """Write `out/NAME.jsonl` for every name in the index.

    Raises:
        DataError: if a file can't be read, or a digest is that of no text in it.
    """
    index: Mapping[str, Mapping[str, Any]] = yaml.safe_load((readings / INDEX).read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    for name, entry in index.items():
        source = data / entry["texts"]
        rows = [row for _, row in read_rows(readings / f"{entry.get('labels', name)}.jsonl")]
        given = [row for _, row in read_rows(source)]
        sure = [row for row in with_texts(rows, given, str(source)) if row.get("sure", 2) >= entry.get("least", 0)]
        others = _unread(rows, given) if entry.get("keep") else []
        lines = [json.dumps(row, ensure_ascii=False) for row in [*sure, *others]]
        (out / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{out / name}.jsonl: {len(sure)} of {len(rows)} that were read, {len(others)} as they came")


def digest(text: str) -> str:
    """What a text is named by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]


def with_texts(
    rows: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, Any]], where: str
) -> list[dict[str, Any]]:
    """The rows, with texts in place of digests, and with the turns of the conversations that they name.

    Args:
        given: rows of the data set: with texts, or transcripts, whose sentences count as texts.

    Raises:
        DataError: if one isn't there.
    """
    known: dict[str, Any] = {digest(text): text for row in given for text in _texts_of(row)}
    turns = {row["id"]: row["turns"] for row in given if "turns" in row}
    wanted = [row[key] for row in rows for key in _TEXTS if key in row] + [row["id"] for row in rows if "id" in row]
    missing = sum(one not in known and one not in turns for one in wanted)
    if missing:
        raise DataError(f"{where}: {missing} texts that were read aren't in it; it is another version of the set")
    return [
        {key: known[value] if key in _TEXTS else value for key, value in row.items()}
        | ({"turns": turns[row["id"]]} if "id" in row else {})
        for row in rows
    ]


def _texts_of(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (row[key] for key in _TEXTS if key in row)
    for turn in row.get("turns", ()):
        spans = split_sentences(turn["text"])
        yield from (turn["text"][span.start : span.end].strip() for span in spans)


def _unread(rows: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    read = {tuple(row[key] for key in _TEXTS if key in row) for row in rows}
    return [dict(row) for row in given if tuple(digest(row[key]) for key in _TEXTS if key in row) not in read]


if __name__ == "__main__":
    main()
