"""CSV as spreadsheets write it, row by row. What would be read otherwise than it was meant is refused, not guessed."""

import csv
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final, TextIO

from nlp_service.errors import DataError, UnusableLineError

_DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab"}  # spreadsheets write the one that their country uses
# Excel's way to name the delimiter.
_NAMED: Final = re.compile(r'"?sep=([^"\r\n])"?[\r\n]*', re.IGNORECASE)


class Spreadsheet:
    """The rows of a table below the names of its columns.

    Args:
        path: for messages.
        file: opened with newline="".

    Attributes:
        header: the names of the columns, without spaces around them.
        line: the number of the line that the last row ended in.

    Raises:
        DataError: if a quote is never closed: the rows after it would be in its cell.
    """

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path = path
        self._file = file
        self._row: list[str] = []
        self._is_at_end = False
        self.line = 0
        first = file.readline()
        named = _NAMED.fullmatch(first)
        if named:
            self.line, first = 1, file.readline()
        self._delimiter = named[1] if named else max(_DELIMITERS, key=first.count)
        self._reader = csv.reader(self._lines(first), delimiter=self._delimiter)
        self.header = [name.strip() for name in self._next() or ()]

    def __iter__(self) -> Iterator[list[str]]:
        while (cells := self._next()) is not None:
            yield cells

    def shifted(self, cells: list[str]) -> UnusableLineError | None:
        """What is wrong with a row that has more cells than there are columns: any may be another column's."""
        if not any(cell.strip() for cell in cells[len(self.header) :]):
            return None
        delimiter = _DELIMITERS.get(self._delimiter, "delimiter")
        return UnusableLineError(f"more cells than the header has: is a text with a {delimiter} not in quotes?")

    def _lines(self, first: str) -> Iterator[str]:
        for line in chain([first], self._file):
            self.line += 1
            self._row.append(line)
            yield line
        self._is_at_end = True

    def _next(self) -> list[str] | None:
        self._row.clear()
        try:
            cells = next(self._reader, None)
        except csv.Error:
            most = csv.field_size_limit()
            problem = f"not valid CSV: a cell of more than {most} characters; is a quote never closed?"
            raise self._refusal(problem) from None
        # Only a cell in quotes goes on in another line, or wants one where there is none.
        if cells is not None and (len(self._row) > 1 or self._is_at_end):
            self._refuse_open_quote()
        return cells

    def _refuse_open_quote(self) -> None:
        """Refuse a row with a quote that isn't closed, or by no quote but that of a later cell."""
        try:
            next(csv.reader(self._row, delimiter=self._delimiter, strict=True))
        except csv.Error:
            raise self._refusal("a quote in the row that begins here is never closed") from None

    def _refusal(self, problem: str) -> DataError:
        return DataError(f"{self._path}: line {self.line - len(self._row) + 1}: {problem}")
