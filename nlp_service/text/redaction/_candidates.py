"""What a detector says: from here to there may be this. `resolution` decides between those that overlap."""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from nlp_service.contracts import PersonalData

Kind = PersonalData | None
"""None: this is not personal data (a date, an amount), whatever else it may look like."""

WORD_STARTS: Final = "(?<![A-Za-z0-9])"
"""No letter or digit before. No `\\b`: to `re`, Chinese characters are letters."""
WORD_ENDS: Final = "(?![A-Za-z0-9])"


class Candidate(NamedTuple):
    """A stretch of the reading, what it may be, and whether the text itself calls it so."""

    start: int
    end: int
    kind: Kind
    named: bool = False


class Stretch(NamedTuple):
    """A part of a reading in which a detector looks; it sees what is before it, not what is behind it."""

    text: str
    start: int
    end: int


def stretches(text: str, anchor: re.Pattern[str], before: int, after: int) -> Iterator[Stretch]:
    """The parts of a text near the matches of a pattern, so many characters around each, in order and apart."""
    start = end = 0
    for match in anchor.finditer(text):
        if match.start() - before > end:
            if end:
                yield Stretch(text, start, end)
            start = match.start() - before
        end = min(match.end() + after, len(text))
    if end:
        yield Stretch(text, start, end)


def matches(
    pattern: re.Pattern[str],
    stretch: Stretch,
    kind: Kind,
    *,
    named: bool = False,
    group: int | str = 0,
    fits: Callable[[str], bool] | None = None,
) -> Iterator[Candidate]:
    """A candidate for each match, or for one group of it, that fits."""
    for match in pattern.finditer(*stretch):
        start, end = match.span(group)
        if end > start and (fits is None or fits(match[group])):
            yield Candidate(start, end, kind, named)


def digits(written: str) -> str:
    """The digits of a number, however it is grouped."""
    return "".join(filter(str.isdigit, written))
