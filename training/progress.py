"""What is printed while something is fitted."""

import sys
import time
from collections.abc import Callable

EVERY_S = 5.0


class Progress:
    """Lines on stderr: one for each step that begins, and one every few seconds on how it goes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said = clock()

    def begin(self, step: str) -> None:
        self._say(step)

    def epoch(self, number: int, of: int, loss: float) -> None:
        """An epoch has ended.

        Args:
            number: from 1.
        """
        if self._clock() - self._said >= EVERY_S:
            self._say(f"  epoch {number} of {of}: loss {loss:.4f}")

    def _say(self, line: str) -> None:
        self._said = self._clock()
        print(line, file=sys.stderr, flush=True)
