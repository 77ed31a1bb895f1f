"""Labelled text: JSON Lines, CSV or Parquet with the columns `text` and `label` (null or empty: out of scope)."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Final

from nlp_service.errors import DataError

_DELIMITERS: Final = ",;\t"  # spreadsheets write the one that their country uses

_UNREAD: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".docx", ".doc", ".pdf", ".zip", ".gz"})
"""Endings of files that aren't text; others than the tables' are read as JSON Lines."""
_PLACES: Final = 3


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its label; None means out of scope.

    Attributes:
        row: the number it has in its file (see `numbered_rows`); 0 if it is from none.
    """

    text: str
    label: str | None
    row: int = field(default=0, compare=False)


def read_labelled(path: Path, column: str | None = "label") -> list[Labelled]:
    """Read a labelled file; further columns are ignored.

    Args:
        column: where the label stands; None where texts may have none, and none is read.

    Raises:
        DataError: naming the file, the row and what is wrong, never the text.
    """
    return [_labelled(row, path, number, column) for number, row in numbered_rows(path)]


def read_texts(path: Path) -> list[str]:
    """The texts of a file of the same formats, labelled or not.

    Raises:
        DataError: as `read_labelled`.
    """
    return [row.text for row in read_labelled(path, column=None)]


def read_rows(path: Path) -> list[tuple[str, Any]]:
    """The rows of a file of the same formats, unchecked, each with the words that say where it is.

    Raises:
        DataError: as `numbered_rows`.
    """
    return [(place(path, number), row) for number, row in numbered_rows(path)]


def place(path: Path, *numbers: int) -> str:
    """The words that say where a row is, or several; of many, the first."""
    what = ("row" if path.suffix.lower() in _TABLES else "line") + ("s" if len(numbers) > 1 else "")
    more = f" and {len(numbers) - _PLACES} more" if len(numbers) > _PLACES else ""
    return f"{path}: {what} {', '.join(map(str, numbers[:_PLACES]))}{more}"


def numbered_rows(path: Path) -> list[tuple[int, Any]]:
    """The rows of a file of the same formats, unchecked, each with its number.

    That is the line in JSON Lines; of CSV the row as spreadsheets count, the header being row 1; of Parquet from 1.

    Raises:
        DataError: if the file can't be read as its format demands, or holds no rows.
    """
    if path.suffix.lower() in _UNREAD:
        raise DataError(f"{path}: {path.suffix} isn't read; labelled text is read as .jsonl, .csv, .tsv or .parquet")
    try:
        numbered = list(_TABLES.get(path.suffix.lower(), _json_rows)(path))
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or 'damaged'}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: isn't UTF-8 (byte {error.start}){_remedy(path)}") from None
    if not numbered:
        raise DataError(f"{path}: holds no rows")
    return numbered


def _remedy(path: Path) -> str:
    return "; in Excel, save as 'CSV UTF-8'" if path.suffix.lower() in _TABLES else ""


def _labelled(row: Any, path: Path, number: int, column: str | None) -> Labelled:
    where = place(path, number)
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise DataError(f"{where}: needs a 'text' (string)")
    if column is None:
        return Labelled(row["text"], None, number)
    if column not in row:
        raise DataError(f"{where}: needs a '{column}' (string, or null for out of scope)")
    label = row[column]
    if label is not None and not isinstance(label, str):
        raise DataError(f"{where}: '{column}' must be a string or null")
    return Labelled(row["text"], (label or "").strip() or None, number)


def _json_rows(path: Path) -> Iterator[tuple[int, Any]]:
    # Not splitlines(): JSON strings may hold U+2028 and other characters that it would cut at.
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                raise DataError(f"{place(path, number)}: not valid JSON") from None


def _csv_rows(path: Path) -> Iterator[tuple[int, Any]]:
    # Whole, because a decoder that reads on counts bytes from where it stands.
    with StringIO(path.read_bytes().decode("utf-8-sig"), newline="") as file:
        names = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=max(_DELIMITERS, key=names.count))
        try:
            header = next(reader, [])
            for number, cells in enumerate(reader, start=2):
                if not any(cells):
                    continue
                if len(cells) != len(header):
                    raise DataError(
                        f"{place(path, number)}: cells in this row: {len(cells)}, in the header: {len(header)}"
                    )
                yield number, dict(zip(header, cells, strict=True))
        except csv.Error:
            raise DataError(f"{path}: line {reader.line_num}: not valid CSV") from None


def _parquet_rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise DataError(f"{path}: reading Parquet needs pyarrow: pip install 'nlp-service[parquet]'") from None
    try:
        with path.open("rb") as file:
            rows = parquet.read_table(file).to_pylist()
    except (ArrowException, ValueError):  # the latter of a time in nanoseconds
        raise DataError(f"{path}: isn't Parquet that can be read") from None
    yield from enumerate(rows, start=1)


_TABLES: Final = {".csv": _csv_rows, ".tsv": _csv_rows, ".parquet": _parquet_rows}
