"""The lines that a command reads: of JSON Lines as they are, of a table (CSV, Parquet) each row as a line of JSON."""

import csv
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlp_service.cli.times import iso
from nlp_service.errors import DataError, UnusableLineError
from nlp_service.review.cells import unguard
from nlp_service.review.spreadsheet import Spreadsheet

if TYPE_CHECKING:
    from pyarrow import RecordBatch, Schema

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_ROWS_AT_ONCE: Final = 1_000
_LONGEST_CELL: Final = 16_000_000
"""Characters; what is too long for a text is refused with its row, not with the whole table."""
# What `surrogateescape` makes of bytes that aren't UTF-8.
_UNDECODED: Final = re.compile("[\udc80-\udcff]")

_Row = tuple[int, dict[str, str] | UnusableLineError]
Line = tuple[int, bytes | UnusableLineError]
"""A line's number in its file, and what it holds, or why it can't be used."""


@dataclass(slots=True)
class Undated:
    """The rows of a table whose time can't be read: how many so far, and the first one's number."""

    rows: int = 0
    first: int = 0

    def add(self, number: int) -> None:
        """Count one more."""
        self.rows += 1
        self.first = self.first or number


def is_table(path: Path) -> bool:
    """Whether a file is read as a table, by the ending of its name."""
    return path.suffix.lower() in _READERS


def lines(path: Path, columns: Collection[str], undated: Undated | None = None) -> Iterator[Line]:
    """The lines of a file.

    Args:
        columns: those of a table that are read, `text` among them; other ones are left alone, because exports have
            many. Empty cells are left out but for `text`; a time `at` is written in ISO 8601.
        undated: counts the rows of a table that are read without `at`, because it can't be.

    Raises:
        DataError: if the file can't be read, is a table without a column `text` or with one of `columns` twice, or is
            Parquet and pyarrow isn't installed or one of `columns` doesn't hold single values.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        return json_lines(path)
    undated = Undated() if undated is None else undated
    return (
        (number, _json(number, row, undated) if isinstance(row, dict) else row) for number, row in read(path, columns)
    )


def json_lines(path: Path) -> Iterator[Line]:
    """The lines that aren't blank. Bytes that aren't UTF-8 make their own line unusable only.

    Raises:
        DataError: if the file can't be read.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                line = raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw
                if line.strip():
                    yield number, line
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None


def _csv_rows(path: Path, columns: Collection[str]) -> Iterator[_Row]:
    """The rows of a table by column; a row's number is that of the line it ends in.

    Bytes that aren't UTF-8 make their own row unusable only, unless nothing before them was anything but ASCII: then
    the table is in another encoding. A cell too many makes its own row unusable too.
    """
    limit = csv.field_size_limit(_LONGEST_CELL)  # the whole process's
    is_utf8 = False
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            sheet = Spreadsheet(path, file)
            for cells in chain([sheet.header], sheet):
                characters = "".join(cells)
                if not is_utf8 and _UNDECODED.search(characters):
                    raise DataError(f"{path}: isn't UTF-8 (line {sheet.line}); in Excel, save as 'CSV UTF-8'")
                is_utf8 = is_utf8 or not characters.isascii()
                if cells is sheet.header:
                    if cells:
                        _check_names(path, cells, columns)
                    continue
                row = {name: unguard(cell) for name, cell in zip(sheet.header, cells, strict=False) if name in columns}
                shifted = sheet.shifted(cells)
                if shifted or any(row.values()):
                    yield sheet.line, shifted or row
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None
    finally:
        csv.field_size_limit(limit)


def _parquet_rows(path: Path, columns: Collection[str]) -> Iterator[_Row]:
    """The rows of a Parquet file by column, numbered from 1; some at a time, and only the columns needed."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise DataError(f"{path}: reading Parquet needs pyarrow: pip install 'nlp-service[parquet]'") from None
    try:
        with path.open("rb") as raw, parquet.ParquetFile(raw) as file:
            wanted = _single_values(path, file.schema_arrow, columns)
            batches = file.iter_batches(_ROWS_AT_ONCE, columns=wanted)
            for number, row in enumerate(chain.from_iterable(map(_texts, batches)), start=1):
                if any(row.values()):
                    yield number, row
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or 'damaged'}") from None
    except (ArrowException, ValueError, OverflowError):  # the last two of times that Python doesn't know
        raise DataError(f"{path}: isn't Parquet that can be read") from None


def _single_values(path: Path, schema: "Schema", columns: Collection[str]) -> list[str]:
    """The columns to read, each of one value a cell."""
    from pyarrow.types import is_nested

    _check_names(path, schema.names, columns)
    for field in schema:
        if field.name in columns and is_nested(field.type):
            raise DataError(f"{path}: column '{field.name}' holds lists or records, not single values")
    return [name for name in schema.names if name in columns]


def _texts(batch: "RecordBatch") -> Iterator[dict[str, str]]:
    """The cells of each row as text; times in microseconds, the finest that Python knows."""
    from pyarrow import timestamp
    from pyarrow.types import is_timestamp

    plain = [
        column.cast(timestamp("us", column.type.tz), safe=False) if is_timestamp(column.type) else column
        for column in batch.columns
    ]
    for cells in zip(*(column.to_pylist() for column in plain), strict=True):
        yield dict(zip(batch.schema.names, map(_text, cells), strict=True))


def _text(cell: Any) -> str:
    """A cell as a spreadsheet would show it; bytes that aren't UTF-8 as in `_csv_rows`."""
    if isinstance(cell, bytes):
        return cell.decode(errors="surrogateescape")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # pandas keeps whole numbers so where some are missing
    is_missing = cell is None or cell != cell  # NaN isn't equal to itself
    return "" if is_missing else str(cell)


def _check_names(path: Path, names: Sequence[str], columns: Collection[str]) -> None:
    """Refuse a table without texts, or with two columns that could be the one wanted."""
    if "text" not in names:
        raise DataError(f"{path}: has no column 'text'")
    for name in columns:
        if names.count(name) > 1:
            raise DataError(f"{path}: has more than one column '{name}'")


def _json(number: int, row: dict[str, str], undated: Undated) -> bytes:
    """A row as a line of JSON: empty cells left out, and the time in ISO 8601, or left out if it can't be read."""
    filled = {name: cell for name, cell in row.items() if cell or name == "text"}
    if filled.get("at"):
        time = iso(filled.pop("at"))
        if time is None:
            undated.add(number)
        else:
            filled["at"] = time
    return json.dumps(filled, ensure_ascii=False).encode(errors="surrogateescape")


_READERS: Final = {".csv": _csv_rows, ".tsv": _csv_rows, ".parquet": _parquet_rows}
