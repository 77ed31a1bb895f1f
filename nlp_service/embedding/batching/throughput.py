"""How fast the encoder works when there is enough to do: what every promise of an answer in time rests on."""

import math

MEMORY_S = 5.0
"""Older measurements count 1/e: short enough to follow a neighbour on the machine, long enough for a few batches."""


class Throughput:
    """Tokens a second, measured while something waits: an idle encoder says nothing about what it could do.

    The clock is the caller's, in seconds.
    """

    def __init__(self, tokens_per_s: float) -> None:
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
            seconds = now - self._since
            keep = math.exp(-seconds / MEMORY_S)
            self._tokens = keep * self._tokens + tokens
            self._seconds = keep * self._seconds + seconds
        self._since = now if waiting else None

    def work_waits(self, now: float) -> None:
        """Say that something has to wait from now on; nothing changes if something did already."""
        if self._since is None:
            self._since = now
