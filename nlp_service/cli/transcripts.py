"""The transcripts that a command reads: JSON Lines, one document a line, in the form of the HTTP interface."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.errors import DataError

if TYPE_CHECKING:
    from nlp_service.contracts import Document

DOCUMENTS_AT_ONCE = 16
LINES_BETWEEN_NOTES = 10_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_Line = tuple[int, bytes]


class Transcripts:
    """The usable documents of a file, some at a time and never all; names the lines that can't be used.

    On a terminal it shows how far it is.

    Bytes that aren't UTF-8 make their own line unusable only.

    Attributes:
        lines: read so far, blank ones not counted. refused: those of them that can't be used.

    Raises:
        DataError: if the file can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = _lines(path)
        self._next = list(islice(self._lines, DOCUMENTS_AT_ONCE))
        self.lines = self.refused = 0

    @property
    def is_empty(self) -> bool:
        """Whether the file holds nothing but blank lines."""
        return not self.lines and not self._next

    def __iter__(self) -> Iterator[list["Document"]]:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            bar = progress.add_task(f"analysing {self._path.name}", total=self._path.stat().st_size)
            while self._next:
                yield self._usable(self._next)
                if not console.is_terminal and self.lines % LINES_BETWEEN_NOTES < len(self._next):
                    click.echo(f"{self._path}: {self.lines} lines read", err=True)
                progress.advance(bar, sum(len(line) for _, line in self._next))
                self._next = list(islice(self._lines, DOCUMENTS_AT_ONCE))

    def raise_if_refused(self) -> None:
        """End the command, once everything usable is done.

        Raises:
            DataError: if a line couldn't be used.
        """
        if self.refused:
            raise DataError(f"{self._path}: {self.refused} of {self.lines} lines could not be used")

    def _usable(self, lines: Sequence[_Line]) -> list["Document"]:
        from pydantic import TypeAdapter, ValidationError

        from nlp_service.api.requests import Document

        adapter: TypeAdapter[Any] = TypeAdapter(Document)
        documents = []
        for number, line in lines:
            try:
                documents.append(adapter.validate_json(line.decode("utf-8")).record())
            except (ValidationError, UnicodeDecodeError) as error:
                print(f"{self._path}: line {number}: {_problem(error)}", file=sys.stderr)  # noqa: T201
        self.lines += len(lines)
        self.refused += len(lines) - len(documents)
        return documents


def _lines(path: Path) -> Iterator[_Line]:
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                line = raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw
                if line.strip():
                    yield number, line
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None


def _problem(error: Exception) -> str:
    """What is wrong with a line, without any of its text."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return "not UTF-8"
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "not valid JSON"
    place = "/".join(str(part) for part in first["loc"] if not str(part).startswith("@"))
    known = first["type"] != "extra_forbidden"
    return f"{place}: {first['msg']}" if known else "has an unknown field"
