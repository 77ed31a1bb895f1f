"""Labelled text: JSON Lines, CSV or Parquet with the columns `text` and `label` (null or empty: out of scope)."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nlp_service.errors import DataError

_DELIMITERS: Final = ",;\t"  # spreadsheets write the one that their country uses


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its label; None means out of scope."""

    text: str
    label: str | None


def read_labelled(path: Path, column: str = "label") -> list[Labelled]:
    """Read a labelled file, the label from another column if one is named; further columns are ignored.

    Raises:
        DataError: naming the file, the row and what is wrong, never the text.
    """
    return [_labelled(row, where, column) for where, row in read_rows(path)]


def read_texts(path: Path) -> list[str]:
    """The texts of a file of the same formats, labelled or not.

    Raises:
        DataError: as `read_labelled`.
    """
    return [_labelled(row, where, None).text for where, row in read_rows(path)]


def read_rows(path: Path) -> list[tuple[str, Any]]:
    """The rows of a file of the same formats, unchecked, each with the words that say where it is.

    Raises:
        DataError: if the file can't be read as its format demands, or holds no rows.
    """
    readers = {".csv": _csv_rows, ".tsv": _csv_rows, ".parquet": _parquet_rows}
    try:
        numbered = list(readers.get(path.suffix.lower(), _json_rows)(path))
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or 'damaged'}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: isn't UTF-8 (byte {error.start})") from None
    if not numbered:
        raise DataError(f"{path}: holds no rows")
    return [(f"{path}: {where}", row) for where, row in numbered]


def _labelled(row: Any, where: str, column: str | None) -> Labelled:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise DataError(f"{where}: needs a 'text' (string)")
    if column is None:
        return Labelled(row["text"], None)
    if column not in row:
        raise DataError(f"{where}: needs a '{column}' (string, or null for out of scope)")
    label = row[column]
    if label is not None and not isinstance(label, str):
        raise DataError(f"{where}: '{column}' must be a string or null")
    return Labelled(row["text"], (label or "").strip() or None)


def _json_rows(path: Path) -> Iterator[tuple[str, Any]]:
    # Not splitlines(): JSON strings may hold U+2028 and other characters that it would cut at.
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except ValueError:
                raise DataError(f"{path}: line {number}: not valid JSON") from None


def _csv_rows(path: Path) -> Iterator[tuple[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=max(_DELIMITERS, key=names.count))
        try:
            header = next(reader, [])
            for number, cells in enumerate(filter(any, reader), start=1):
                if len(cells) != len(header):
                    raise DataError(
                        f"{path}: line {reader.line_num}: cells in this row: {len(cells)}, in the header: {len(header)}"
                    )
                yield f"row {number}", dict(zip(header, cells, strict=True))
        except csv.Error:
            raise DataError(f"{path}: line {reader.line_num}: not valid CSV") from None


def _parquet_rows(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise DataError(f"{path}: reading Parquet needs pyarrow: pip install 'nlp-service[parquet]'") from None
    try:
        with path.open("rb") as file:
            rows = parquet.read_table(file).to_pylist()
    except (ArrowException, ValueError):  # the latter of a time in nanoseconds
        raise DataError(f"{path}: isn't Parquet that can be read") from None
    for number, row in enumerate(rows, start=1):
        yield f"row {number}", row
