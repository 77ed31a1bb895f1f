"""What a command reads, some at a time: transcripts, in the form of the HTTP interface, or tables of tickets."""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from nlp_service.cli import rows, terminal, times
from nlp_service.cli.groups import grouped, manageable
from nlp_service.cli.rows import Line, Undated
from nlp_service.errors import DataError, UnusableLineError

if TYPE_CHECKING:
    from pydantic import ValidationError

    from nlp_service.contracts import Document

T = TypeVar("T")
DOCUMENTS_AT_ONCE = 16
LINES_BETWEEN_NOTES = 10_000


class Lines(Generic[T]):
    """What the usable lines of a file hold, some at a time and never all; names the lines that can't be used.

    On a terminal it shows how far it is.

    Args:
        parse: makes something of one line; raises ValidationError, UnicodeDecodeError or UnusableLineError if it can't
            be used.
        lines: of the file, if not all lines of JSON Lines.
        verb: what is being done with them.
        undated: the rows that are read without their time, counted while `lines` are; told at the end.

    Attributes:
        lines: read so far, blank ones not counted. refused: those of them that can't be used.

    Raises:
        DataError: if the file can't be read.
    """

    def __init__(
        self,
        path: Path,
        parse: Callable[[int, bytes], T],
        lines: Iterator[Line] | None = None,
        verb: str = "analysing",
        undated: Undated | None = None,
    ) -> None:
        self._path = path
        self._parse = parse
        self._verb = verb
        self._undated = undated or Undated()
        self._groups = grouped(rows.json_lines(path) if lines is None else lines, _size, DOCUMENTS_AT_ONCE)
        self._next = next(self._groups, [])
        self.lines = self.refused = 0

    @property
    def is_empty(self) -> bool:
        """Whether the file holds nothing but blank lines."""
        return not self.lines and not self._next

    def __iter__(self) -> Iterator[list[T]]:
        console = terminal.console(stderr=True)
        with terminal.bars(console) as progress:
            bar = progress.add_task(f"{self._verb} {self._path.name}", total=self._path.stat().st_size)
            while self._next:
                yield self._usable(self._next)
                if not console.is_terminal and self.lines % LINES_BETWEEN_NOTES < len(self._next):
                    click.echo(f"{self._path}: {self.lines} lines read", err=True)
                progress.advance(bar, sum(map(_size, self._next)))
                self._next = next(self._groups, [])
        tell_undated(self._path, self._undated)

    def raise_if_refused(self) -> None:
        """End the command, once everything usable is done.

        Raises:
            DataError: if a line couldn't be used.
        """
        if self.refused:
            raise DataError(f"{self._path}: {self.refused} of {self.lines} lines could not be used")

    def _usable(self, lines: Sequence[Line]) -> list[T]:
        from pydantic import ValidationError

        usable = []
        for number, line in lines:
            try:
                if isinstance(line, UnusableLineError):
                    raise line
                usable.append(self._parse(number, line))
            except (UnusableLineError, ValidationError, UnicodeDecodeError) as error:
                print(f"{self._path}: line {number}: {problem(error)}", file=sys.stderr)  # noqa: T201
        self.lines += len(lines)
        self.refused += len(lines) - len(usable)
        return usable


class Transcripts(Lines["Document"]):
    """The documents of a file of transcripts, or of a table with a row for each ticket."""

    def __init__(self, path: Path) -> None:
        parse, undated = parser(is_table=rows.is_table(path)), Undated()
        super().__init__(path, lambda _, line: parse(line), transcript_lines(path, undated), undated=undated)


def tell_undated(path: Path, undated: Undated) -> None:
    """Say how many rows are used without their time, if any are."""
    if undated.rows:
        count = "1 row" if undated.rows == 1 else f"{undated.rows} rows"
        told = f"{count} used without `at`, which can't be read (the first: line {undated.first})"
        click.echo(f"{path}: {told}; {times.READ}", err=True)


def transcript_lines(path: Path, undated: Undated | None = None) -> Iterator[Line]:
    """The lines of a file of transcripts, or of a table with a row for each ticket.

    Args:
        undated: counts the rows of a table that are read without their time.

    Raises:
        DataError: if it can't be read.
    """
    from nlp_service.cli import tickets

    return rows.lines(path, tickets.COLUMNS, undated)


def parser(*, is_table: bool) -> "Callable[[bytes], Document]":
    """What makes a document of such a line; it raises what `problem` puts into words."""
    from nlp_service.cli import tickets

    parse = tickets.document if is_table else _document
    return lambda line: manageable(parse(line))


@cache
def _documents() -> Any:
    from pydantic import TypeAdapter

    from nlp_service.api.requests import Document

    return TypeAdapter(Document)


def _document(line: bytes) -> "Document":
    document: Document = _documents().validate_json(line.decode("utf-8")).record()
    return document


def _size(line: Line) -> int:
    """In bytes, and so no less than in characters."""
    _, content = line
    return len(content) if isinstance(content, bytes) else 0


def problem(error: Exception) -> str:
    """What is wrong with a line, without any of its text."""
    from pydantic import ValidationError

    if isinstance(error, UnusableLineError):
        return str(error)
    if not isinstance(error, ValidationError):
        return "not UTF-8"
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "not valid JSON"
    place = _place(error)
    if not place:
        return "not a JSON object" if first["type"] == "model_type" else first["msg"]
    if first["type"] == "extra_forbidden":
        return f"{place}: unknown field"
    return f"{place}: {first['msg']}"


def _place(error: "ValidationError") -> str:
    """Where the first error is, as the HTTP interface says it: a name that a customer may have written isn't shown."""
    from nlp_service.api.problems import invalid_body

    return invalid_body(error).errors[0].pointer.removeprefix("/")
