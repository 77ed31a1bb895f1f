"""A file in parts: the lines of each as they go out, and the rows that come back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from nlp_service.batch.rows import Row
from nlp_service.errors import DataError

MOST_BYTES: Final = 16_777_216
"""Of the lines of a part: parts of very long documents hold fewer."""

Line = tuple[int, bytes | str]
"""A line's number in its file, and what it holds, or in words why it can't be used. Plain, to travel anywhere."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The lines of a part; `number` counts from 1."""

    number: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that can't be used; `problem` holds none of its text."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Part:
    """What became of the lines of a part, in their order."""

    rows: list[Row]
    refused: list[Refused]

    def content(self) -> bytes:
        """As a file holds it."""
        return _ADAPTER.dump_json(self)

    @classmethod
    def of(cls, content: bytes) -> "Part":
        """The part that such a file holds.

        Raises:
            DataError: if it holds none.
        """
        try:
            return _ADAPTER.validate_json(content)
        except ValidationError:
            raise DataError("not a part of tagged documents") from None


_ADAPTER: Final = TypeAdapter(Part)


def chunks(lines: Iterable[Line], most: int, most_bytes: int = MOST_BYTES) -> Iterator[Chunk]:
    """Lines in their order, `most` together or fewer. The same lines always come apart at the same places."""
    number, chunk, room = 1, list[Line](), most_bytes
    for line in lines:
        size = len(line[1])
        if chunk and (len(chunk) == most or size > room):
            yield Chunk(number, chunk)
            number, chunk, room = number + 1, [], most_bytes
        chunk.append(line)
        room -= size
    if chunk:
        yield Chunk(number, chunk)
