"""Whom was told to come back when: a queue whose members wait at home, so that `Retry-After` comes true.

Without it, whoever does as told has no better chance than a newcomer; under a lasting overload that is a small one.
Requests are known again by what they ask; the clock is the caller's, in seconds.
"""

from collections import OrderedDict
from dataclasses import dataclass

GRACE_S = 30.0
"""Time that a place is kept for somebody who is late."""
EARLY_S = 0.05
"""So much too early is early enough: clocks and timers differ."""
LONGEST_S = 600.0
"""Nobody is sent away for longer."""
MOST = 50_000
"""Promises that are remembered, some 11 MB: at eight times the capacity, ten minutes' worth."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Kept for one request, which takes so many seconds, from `due` on."""

    due: float
    seconds: float

    def is_ahead(self, now: float) -> bool:
        return now < self.due - EARLY_S

    def is_over(self, now: float) -> bool:
        return now > self.due + GRACE_S


class Promises:
    """Gives out places one after another, as fast as the encoder can serve them."""

    def __init__(self) -> None:
        self._places: OrderedDict[int, _Place] = OrderedDict()
        self._last = 0.0

    def make(self, identity: int | None, *, now: float, earliest: float, seconds: float) -> float:
        """The time at which this request, of so many seconds' work, is to come back; from `earliest` on.

        Whoever asks again before the time they were told keeps their place; a request that nobody will know again gets
        none.
        """
        self._clear(now)
        due = min(max(earliest, self._last + seconds), now + LONGEST_S)
        if identity is None:
            return due
        place = self._places.get(identity)
        if place is not None and place.is_ahead(now):
            return place.due
        self._last = due
        self._places[identity] = _Place(due, seconds)
        self._places.move_to_end(identity)
        if len(self._places) > MOST:
            self._places.popitem(last=False)
        return due

    def are_due(self, identity: int | None, now: float) -> bool:
        """Whether this request was told to come now."""
        place = None if identity is None else self._places.get(identity)
        return place is not None and not place.is_ahead(now) and not place.is_over(now)

    def newcomer(self, seconds: float) -> None:
        """Somebody without a promise was let in, with so many seconds' work: on a place that nobody came to take."""
        self._last -= seconds

    def keep(self, identity: int | None) -> None:
        """It has come, at its time or before, and was let in."""
        if identity is not None:
            self._places.pop(identity, None)

    def _clear(self, now: float) -> None:
        """Give the places back that nobody has come for."""
        while self._places and (place := next(iter(self._places.values()))).is_over(now):
            self._places.popitem(last=False)
            self._last -= place.seconds
