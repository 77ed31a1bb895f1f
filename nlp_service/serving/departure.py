"""The end of a server, in steps: each signal asks for one step more."""

import asyncio
import logging
from collections.abc import Callable
from enum import IntEnum
from time import monotonic

logger = logging.getLogger(__name__)


class Step(IntEnum):
    """How much of a hurry a server is in.

    LEAVING: not ready any more, but everything is served until the notice is over and the port closed; then requests
    under way are finished, and connections that had no chance to hear of it get a moment for one more request.
    HURRYING: without the notice and the moment; requests under way are still finished.
    CUT_OFF: nothing is waited for.
    """

    SERVING = 0
    LEAVING = 1
    HURRYING = 2
    CUT_OFF = 3


class Departure:
    """One server's way out. Call it from the event loop only.

    Args:
        notice_s: how long everything is served after the first word of leaving, for load balancers to notice.
        drain_s: how long requests under way may take after that.
        clock: that of the event loop, monotonic seconds.
    """

    def __init__(self, *, notice_s: float, drain_s: float, clock: Callable[[], float] = monotonic) -> None:
        self.drain_s = drain_s
        self.step = Step.SERVING
        self.began_at: float | None = None
        self._notice_s = notice_s
        self._clock = clock
        self._leaving = asyncio.Event()
        self._hurrying = asyncio.Event()

    def has_begun(self) -> bool:
        """Whether the server is to leave."""
        return self.step >= Step.LEAVING

    def further(self, at_least: Step = Step.LEAVING) -> None:
        """Go one step on, or to `at_least` if that is further."""
        self.reach(max(Step(min(self.step + 1, Step.CUT_OFF)), at_least))

    def reach(self, step: Step) -> None:
        """Go to this step; there is no way back."""
        if step <= self.step:
            return
        if self.began_at is None:
            self.began_at = self._clock()
        self.step = step
        logger.info("asked to end: %s", step.name.lower().replace("_", " "))
        self._leaving.set()
        if step >= Step.HURRYING:
            self._hurrying.set()

    async def notice_is_over(self) -> None:
        """Wait until nothing new need be let in."""
        await self._leaving.wait()
        try:
            async with asyncio.timeout(self._notice_s):
                await self._hurrying.wait()
        except TimeoutError:
            return
