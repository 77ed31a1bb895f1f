"""From one month to another, from one room to the next: numbers in a row that look like one long number."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from nlp_service.text.redaction._candidates import Candidate, Stretch, matches

_YEAR: Final = "(?:19|20)[0-9]{2}"
_MONTH: Final = "(?:0[1-9]|1[0-2]|(?<=[-/.])[1-9])"
_TO: Final = r"(?: ?[-~/至到] ?| (?:to|and) )"
_MONTHS: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?<![0-9][-./])"
    rf"(?:{_YEAR}(?P<cut>[-/.]?){_MONTH}{_TO}{_YEAR}(?P=cut){_MONTH}"
    rf"|(?:0?[1-9]|1[0-2])(?P<slash>[-/.]){_YEAR}{_TO}(?:0?[1-9]|1[0-2])(?P=slash){_YEAR})"
    r"(?![0-9A-Za-z]|[-./][0-9])"
)
_ROOM: Final = "(?:[客病包]房|房[间間]?|包[间間厢廂]|教室|[会會][议議]室|宿舍)"
_NUMBER: Final = "[A-Za-z]?[0-9]{3,4}[A-Za-z]?"
_BETWEEN: Final = "(?: ?[-~/、,&至到] ?| )"
_ROOMS: Final = re.compile(
    rf"(?:{_ROOM}(?:[号號][码碼]?)?|(?<![A-Za-z])(?i:rooms?|rms?|suites|units|apartments)(?i: no\.?| numbers?)?)"
    rf"[ :是为為]{{0,3}}{_NUMBER}(?:(?P<one>{_BETWEEN}){_NUMBER})(?:(?P=one){_NUMBER}){{0,20}}"
    r"(?![0-9A-Za-z]|[ -][0-9])"
    rf"|(?<![0-9A-Za-z])(?<![0-9][-/ ]){_NUMBER}(?:(?P<other>{_BETWEEN}){_NUMBER})(?:(?P=other){_NUMBER}){{0,20}}"
    rf" ?(?:[号號]?{_ROOM}|室)"
)
_WIDEST_STEP: Final = 100
"""From a room to the next: about a floor. The halves of a telephone number mostly lie further apart."""


def series(stretch: Stretch) -> Iterator[Candidate]:
    """Periods and lists that say nothing of a person."""
    yield from matches(_MONTHS, stretch, None, named=True, fits=_goes_forwards)
    yield from matches(_ROOMS, stretch, None, named=True, fits=_rises_by_little)


def _goes_forwards(written: str) -> bool:
    """Whether the second month isn't before the first."""
    numbers = _numbers(written)
    first, second = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
    return (max(first), min(first)) <= (max(second), min(second))


def _rises_by_little(written: str) -> bool:
    return all(0 < later - earlier <= _WIDEST_STEP for earlier, later in pairwise(_numbers(written)))


def _numbers(written: str) -> list[int]:
    return [int(number) for number in re.findall("[0-9]+", written)]
