"""How fast the encoder works when there is enough to do: what every promise of an answer in time rests on."""

import math

MEMORY_S = 5.0
"""Older measurements count 1/e: short enough to follow a neighbour on the machine, long enough for a few batches."""
LONGEST_S = 2.0
"""Time between two batches beyond which it isn't the encoder that is slow: the process stood still, say."""
FLOOR = 0.5
"""Share of the speed at the start."""


class Throughput:
    """Tokens a second, measured while something waits: an idle encoder says nothing about what it could do.

    The clock is the caller's, in seconds.

    Attributes:
        floor: what the encoder can be expected to do whatever was measured last: while nothing waits, that may be old.
    """

    def __init__(self, tokens_per_s: float) -> None:
        self.floor = tokens_per_s * FLOOR
        self._tokens = tokens_per_s * MEMORY_S
        self._seconds = MEMORY_S
        self._since: float | None = None

    @property
    def tokens_per_s(self) -> float:
        """The present estimate."""
        return self._tokens / self._seconds

    def batch_done(self, tokens: int, now: float, *, waiting: bool) -> None:
        """Count a batch's tokens, without padding; `waiting` says whether others have waited for it to end."""
        if self._since is not None:
            seconds = min(now - self._since, LONGEST_S)
            keep = math.exp(-seconds / MEMORY_S)
            self._tokens = keep * self._tokens + tokens
            self._seconds = keep * self._seconds + seconds
        self._since = now if waiting else None

    def batch_failed(self, *, waiting: bool) -> None:
        """A failed batch says nothing: the time goes on to the next one's end, if others wait."""
        if not waiting:
            self._since = None

    def work_waits(self, now: float) -> None:
        """Say that something has to wait from now on; nothing changes if something did already."""
        if self._since is None:
            self._since = now
