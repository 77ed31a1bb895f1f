"""OUT, by the ending of its name: JSON Lines, a table for spreadsheets, or Parquet; whole or not at all."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO, get_type_hints

from nlp_service.batch.rows import COLUMNS, Row
from nlp_service.errors import ConfigurationError, DataError
from nlp_service.jobs.files import lasting_names
from nlp_service.review.cells import guard
from nlp_service.review.files import replacing

ROW_GROUP: Final = 100_000
"""Rows that a reader of Parquet takes or leaves together."""


def check_ending(path: Path) -> None:
    """Refuse a name that says of no format, or of one that can't be written here.

    Raises:
        ConfigurationError: if it does.
    """
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise ConfigurationError(f"{path}: rows are written as {', '.join(_WRITERS)}")
    if ending == ".parquet" and find_spec("pyarrow") is None:
        raise ConfigurationError(f"{path}: writing Parquet needs pyarrow: pip install 'nlp-service[parquet]'")


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write rows under the names of their columns; when it returns, they outlast a power cut.

    Raises:
        DataError: if they can't be written.
    """
    _WRITERS[path.suffix.lower()](path, rows)


def write_about(path: Path, about: Any) -> None:
    """Write what people may want to know of OUT, as JSON.

    Raises:
        DataError: if it can't be written.
    """
    with _lasting(path) as file:
        file.write(json.dumps(about, ensure_ascii=False, indent=2) + "\n")


def _write_lines(path: Path, rows: Iterable[Row]) -> None:
    with _lasting(path) as file:
        file.writelines(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)


def _write_cells(delimiter: str, path: Path, rows: Iterable[Row]) -> None:
    with _lasting(path, encoding="utf-8-sig") as file:  # Excel knows UTF-8 by the mark
        table = csv.writer(file, delimiter=delimiter)
        table.writerow(COLUMNS)
        table.writerows([guard(cell) for cell in astuple(row)] for row in rows)


def _write_parquet(path: Path, rows: Iterable[Row]) -> None:
    import pyarrow
    from pyarrow import parquet

    numbers = {int: pyarrow.int64(), float | None: pyarrow.float64()}
    types = {name: numbers.get(hint, pyarrow.string()) for name, hint in get_type_hints(Row).items()}
    schema, waiting = pyarrow.schema(types), iter(rows)
    with _lasting(path) as file, parquet.ParquetWriter(file.buffer, schema) as writer:
        while some := list(islice(waiting, ROW_GROUP)):
            writer.write_table(pyarrow.Table.from_pylist([asdict(row) for row in some], schema))


@contextmanager
def _lasting(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    try:
        with lasting_names(path.resolve().parent), replacing(path, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise DataError(f"{path}: can't be written: {error.strerror}") from None


_WRITERS: Final[dict[str, Callable[[Path, Iterable[Row]], None]]] = {
    ".jsonl": _write_lines,
    ".csv": partial(_write_cells, ","),
    ".tsv": partial(_write_cells, "\t"),
    ".parquet": _write_parquet,
}
