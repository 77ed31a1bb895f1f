"""The labelled sentences written for this project: what kind each is, how it feels, and which emotion it shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.labelled import Labelled, read_rows
from nlp_service.errors import DataError

SEEDS = (Path("training/seeds/sentences.jsonl"), *sorted(Path("training/seeds/feelings").glob("*.jsonl")))


def read_seeds(paths: Sequence[Path], field: str, labels: Sequence[str], unmarked: str | None = None) -> list[Labelled]:
    """The sentences of seed files with one of their labels; a sentence that stands in several is taken once.

    Args:
        field: `kind`, `sentiment` or `emotion`; rows without it are left out.
        labels: what it may be.
        unmarked: the label of rows where it is null.

    Raises:
        DataError: if a file can't be read or a row can't be used; it names the row, never the text.
    """
    rows: dict[str, str] = {}
    for where, row in (item for path in paths for item in read_rows(path)):
        label = _label(where, row, field, unmarked)
        if label is not None and label not in labels:
            raise DataError(f"{where}: '{field}' must be one of {', '.join(labels)}")
        if label is not None:
            rows.setdefault(row["text"], label)
    return [Labelled(text, label) for text, label in rows.items()]


def _label(where: str, row: Any, field: str, unmarked: str | None) -> str | None:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise DataError(f"{where}: needs a 'text' (string)")
    if field in row:
        return row[field] or unmarked
    calm = field == "emotion" and row.get("sentiment") == "neutral"
    return unmarked if calm else None
