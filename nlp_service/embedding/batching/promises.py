"""Whom was told to come back when: a queue whose members wait at home, so that `Retry-After` comes true.

Without it, whoever does as told has no better chance than a newcomer; under a lasting overload that is a small one.
Requests are known again by what they ask; the clock is the caller's, in seconds.
"""

from collections import OrderedDict

GRACE_S = 30.0
"""Time that a place is kept for somebody who is late."""
EARLY_S = 0.05
"""So much too early is early enough: clocks and timers differ."""
MOST = 10_000
"""Promises that are remembered."""


class Promises:
    """Gives out places one after another, as fast as the encoder can serve them."""

    def __init__(self) -> None:
        self._due: OrderedDict[int, float] = OrderedDict()
        self._last = 0.0

    def make(self, identity: int | None, *, earliest: float, seconds: float) -> float:
        """The time at which this request, of so many seconds' work, is to come back; from `earliest` on."""
        self._last = due = max(earliest, self._last + seconds)
        if identity is not None:
            self._due[identity] = due
            self._due.move_to_end(identity)
            if len(self._due) > MOST:
                self._due.popitem(last=False)
        return due

    def are_due(self, identity: int | None, now: float) -> bool:
        """Whether this request was told to come now."""
        due = None if identity is None else self._due.get(identity)
        return due is not None and due - EARLY_S <= now <= due + GRACE_S

    def newcomer(self, seconds: float) -> None:
        """Somebody without a promise was let in, with so many seconds' work: on a place that nobody came to take."""
        self._last -= seconds

    def keep(self, identity: int | None) -> None:
        """It has come, and was let in."""
        if identity is not None:
            self._due.pop(identity, None)
