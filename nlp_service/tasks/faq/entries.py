"""The knowledge base: JSON Lines to checked entries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_service.errors import DataError
from nlp_service.lines import numbered_lines

_REQUIRED = ("id", "questions", "answers")
_FIELDS = (*_REQUIRED, "tags")


@dataclass(frozen=True, slots=True)
class Entry:
    """A question that customers ask, in one or more wordings, with one or more answers (in different languages).

    Attributes:
        answers: in order of preference within a language.
    """

    id: str
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    tags: tuple[str, ...] = ()


def read_entries(path: Path) -> list[Entry]:
    """Read a knowledge base: JSON Lines of `{"id", "questions": […], "answers": […], "tags"?: […]}`.

    A byte order mark and blank lines are allowed.

    Raises:
        DataError: naming the file, the line and what is wrong, never the text, if the file can't be read, holds no
            entry, an id comes twice or a row isn't of that shape.
    """
    entries: list[Entry] = []
    first_line: dict[str, int] = {}
    for number, line in numbered_lines(path):
        try:
            entry = _entry(line)
        except ValueError as error:
            raise DataError(f"{path}: line {number}: {error}") from None
        if entry.id in first_line:
            raise DataError(f"{path}: line {number}: its id is already that of line {first_line[entry.id]}")
        first_line[entry.id] = number
        entries.append(entry)
    if not entries:
        raise DataError(f"{path}: holds no entries")
    return entries


def wordings(entries: Sequence[Entry]) -> list[str]:
    """All wordings, entry by entry, in order: the texts whose vectors a `FaqSuggester` is built from."""
    return [question for entry in entries for question in entry.questions]


def _entry(line: str) -> Entry:
    row = _row(line)
    if not isinstance(row["id"], str) or not row["id"].strip():
        raise ValueError("'id' must be a string that isn't empty")
    return Entry(
        id=row["id"],
        questions=_strings(row, "questions", least=1),
        answers=_strings(row, "answers", least=1),
        tags=_strings(row, "tags", least=0),
    )


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} (column {error.colno})") from None
    except RecursionError:
        raise ValueError("not valid JSON: nested too deeply") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    missing = [name for name in _REQUIRED if name not in row]
    if missing:
        raise ValueError(f"{', '.join(missing)} missing")
    unknown = len(row.keys() - set(_FIELDS))
    if unknown:
        raise ValueError(f"{unknown} unknown field(s); known are {', '.join(_FIELDS)}")
    return row


def _strings(row: dict[str, Any], name: str, *, least: int) -> tuple[str, ...]:
    values = row.get(name, [])
    if not isinstance(values, list) or any(not isinstance(value, str) or not value.strip() for value in values):
        raise ValueError(f"'{name}' must be a list of strings that aren't empty")
    if len(values) < least:
        raise ValueError(f"'{name}' must not be an empty list")
    return tuple(values)
