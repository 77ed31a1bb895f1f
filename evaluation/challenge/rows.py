"""The rows of the challenge set."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.labelled import read_rows
from nlp_service.contracts import EMOTIONS, KINDS, SENTIMENTS
from nlp_service.errors import DataError

NO_EMOTION = "none"
SAME, MORE_NEGATIVE, MORE_POSITIVE = "same", "more_negative", "more_positive"
EXPECTATIONS = (SAME, MORE_NEGATIVE, MORE_POSITIVE)


@dataclass(frozen=True, slots=True)
class Feeling:
    """A text with its labels.

    Attributes:
        emotion: `NO_EMOTION` where none is clear; None in a file without emotions.
    """

    text: str
    kind: str
    sentiment: str
    phenomenon: str
    emotion: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A text before and after a change, and what the change may do to its score."""

    text: str
    changed: str
    expect: str
    phenomenon: str


def read_feelings(path: Path) -> list[Feeling]:
    """Read `{"text", "kind", "sentiment", "phenomenon"}`, with an `emotion` (or null) in all rows or in none.

    Raises:
        DataError: naming the file, the row and what is wrong, never the text.
    """
    rows = [
        Feeling(
            text=_string(row, "text", where),
            kind=_one_of(row, "kind", KINDS, where),
            sentiment=_one_of(row, "sentiment", SENTIMENTS, where),
            phenomenon=_string(row, "phenomenon", where),
            emotion=_emotion(row, where),
        )
        for where, row in read_rows(path)
    ]
    if len({row.emotion is None for row in rows}) > 1:
        raise DataError(f"{path}: 'emotion' must be in every row or in none")
    return rows


def read_changes(path: Path) -> list[Change]:
    """Read `{"text", "changed", "expect", "phenomenon"}`.

    Raises:
        DataError: as `read_feelings`.
    """
    return [
        Change(
            text=_string(row, "text", where),
            changed=_string(row, "changed", where),
            expect=_one_of(row, "expect", EXPECTATIONS, where),
            phenomenon=_string(row, "phenomenon", where),
        )
        for where, row in read_rows(path)
    ]


def _emotion(row: dict[str, Any], where: str) -> str | None:
    if "emotion" not in row:
        return None
    return NO_EMOTION if row["emotion"] is None else _one_of(row, "emotion", EMOTIONS, where)


def _one_of(row: Any, name: str, allowed: Collection[str], where: str) -> str:
    value = _string(row, name, where)
    if value not in allowed:
        raise DataError(f"{where}: '{name}' must be one of {', '.join(allowed)}")
    return value


def _string(row: Any, name: str, where: str) -> str:
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where}: needs a '{name}' (string)")
    return value
