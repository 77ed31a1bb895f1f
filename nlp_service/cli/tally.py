"""What became of the lines of `nlp-service tag`, counted over all runs that it took, and said to people."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nlp_service.errors import DataError

if TYPE_CHECKING:
    from nlp_service.batch import Part, Row, WorkFolder


class Tally:
    """Counts rows and lines that can't be used, and names these once in each run.

    Attributes:
        done, of: lines of finished parts, and in all.
        refused: lines that can't be used, of parts that were joined. status: how many of their rows have which.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._named: set[int] = set()
        self.done = self.of = self.refused = 0
        self.status: Counter[str] = Counter()

    @property
    def place(self) -> str:
        """How far the work is."""
        return f"{self.done} of {self.of} documents are done"

    @property
    def documents(self) -> int:
        """Rows that were joined."""
        return self.status.total()

    @property
    def shares(self) -> str:
        """Which status the rows have, the commonest first."""
        return ", ".join(f"{count / self.documents:.0%} {status}" for status, count in self.status.most_common())

    def name(self, number: int, part: "Part") -> None:
        """Name the lines of a part that can't be used, unless that was done."""
        if number not in self._named:
            self._named.add(number)
            for refused in part.refused:
                click.echo(f"{self._file}: line {refused.line}: {refused.problem}", err=True)

    def joined(self, folder: "WorkFolder", parts: int) -> "Iterator[Row]":
        """The rows of all parts in order, one part in memory at a time; at the end everything is counted.

        Raises:
            DataError: if a part can't be read.
        """
        for number in range(1, parts + 1):
            part = folder.read(number)
            self.name(number, part)
            self.refused += len(part.refused)
            self.status.update(row.status or "no_reason" for row in part.rows)
            yield from part.rows

    def raise_if_refused(self) -> None:
        """End the command, once everything usable is done.

        Raises:
            DataError: if a line couldn't be used.
        """
        if self.refused:
            lines = self.refused + self.documents
            raise DataError(f"{self._file}: {self.refused} of {lines} lines could not be used")
