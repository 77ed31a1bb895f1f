"""The texts that a queue is made of: JSON Lines of texts or transcripts, read line by line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from nlp_service.contracts import Speaker
from nlp_service.errors import UnusableLineError

MAX_CHARACTERS: Final = 32_000
"""More than anybody reads for one label, and than a spreadsheet's cell holds (32 767)."""


@dataclass(frozen=True, slots=True)
class Item:
    """A text and the line that it came from; of a transcript, the customer's turns, one a line."""

    line: int
    id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that isn't blank: its item, or what is wrong with it (without any of its text), and its size in bytes."""

    number: int
    size: int
    item: Item | None = None
    problem: str = ""


class _Turn(BaseModel):
    model_config = ConfigDict(strict=True)

    speaker: Speaker
    text: str


class _Row(BaseModel):
    model_config = ConfigDict(strict=True)

    id: str | int | None = None
    text: str | None = None
    turns: list[_Turn] | None = None


def read(lines: Iterable[tuple[int, bytes | UnusableLineError]]) -> Iterator[Line]:
    """What lines of JSON hold, as they are read; fields that aren't needed here are ignored.

    Args:
        lines: each with its number, or with why it can't be used.
    """
    return (_line(number, content) for number, content in lines)


def _line(number: int, content: bytes | UnusableLineError) -> Line:
    if isinstance(content, UnusableLineError):
        return Line(number, 0, problem=str(content))
    size = len(content)
    try:
        row = _Row.model_validate_json(content)
    except ValidationError as error:
        return Line(number, size, problem=_problem(error))
    if (row.text is None) == (row.turns is None):
        return Line(number, size, problem="needs either a 'text' or 'turns'")
    text = row.text
    if text is None:
        text = "\n".join(turn.text for turn in row.turns or () if turn.speaker == "customer")
    if len(text) > MAX_CHARACTERS:
        return Line(number, size, problem=f"the text is longer than {MAX_CHARACTERS} characters")
    return Line(number, size, Item(number, None if row.id is None else str(row.id), text))


def _problem(error: ValidationError) -> str:
    first: Any = error.errors(include_input=False, include_context=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "not valid JSON in UTF-8"
    place = "/".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else "not a JSON object"
