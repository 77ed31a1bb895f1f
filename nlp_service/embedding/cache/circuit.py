"""A circuit breaker: what fails is left alone until it is known to work again, and no request finds that out.

After Michael T. Nygard, Release It! (2007); jitter after Marc Brooker, Exponential Backoff And Jitter (2015).
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

LONGEST = 32
"""The longest pause between two probes, as a multiple of the first."""
GROWTH = 2.0


class Circuit:
    """Closed: calls go through. Open, from the first failure on: none does, until a probe in the background succeeds.

    There is one probe at a time, and each waits longer than the one before. What fails again soon after a probe
    succeeded is left alone for longer still, so that a remote that only answers probes costs ever less.
    Belongs to one event loop.

    Args:
        name: for the log.
        probe: asks the remote; any exception says that it doesn't work yet.
        pause_s: time before the first probe.
        resting: is told when it opens (True) and closes (False).
        chance: a number in [0, 1) for each pause, which is cut by up to half so that replicas don't probe in step.
    """

    def __init__(
        self,
        name: str,
        probe: Callable[[], Awaitable[None]],
        *,
        pause_s: float,
        resting: Callable[[bool], None],
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._probe = probe
        self._first_s = self._pause_s = pause_s
        self._resting = resting
        self._chance = chance
        self._sleep = sleep
        self._changed_at = time.monotonic()
        self._probing: asyncio.Task[None] | None = None
        resting(False)

    @property
    def closed(self) -> bool:
        """Whether calls may go through."""
        return self._probing is None

    def fail(self, reason: str, *, quietly: bool = False) -> None:
        """Open it. The failures of calls that were under way by then change nothing.

        Args:
            quietly: probe at once, and tell nobody unless that fails too: it may only have been slow for a moment.
        """
        if self.closed:
            self._probing = asyncio.create_task(self._until_it_works(reason if quietly else None))
            if not quietly:
                self._tell(reason)

    async def stop(self) -> None:
        """Probe no more; a circuit that is open stays open."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])

    def _tell(self, reason: str) -> None:
        if time.monotonic() - self._changed_at > self._first_s * LONGEST:
            self._pause_s = self._first_s
        self._changed_at = time.monotonic()
        self._resting(True)
        logger.warning("cache %s: %s; leaving it alone until a probe succeeds", self._name, reason)

    async def _until_it_works(self, untold: str | None) -> None:
        if untold is not None:
            if await self._works():
                self._probing = None
                return
            self._tell(untold)
        works = False
        while not works:
            await self._sleep(self._pause_s * (1 - self._chance() / 2))
            self._pause_s = min(self._pause_s * GROWTH, self._first_s * LONGEST)
            works = await self._works()
        rested_s = time.monotonic() - self._changed_at
        self._changed_at = time.monotonic()
        self._probing = None
        self._resting(False)
        logger.info("cache %s: works again after %.1f s", self._name, rested_s)

    async def _works(self) -> bool:
        try:
            await self._probe()
        except Exception as error:  # whatever it is, it doesn't work yet
            logger.debug("cache %s: the probe failed: %s", self._name, type(error).__name__)
            return False
        return True
