"""What the routes reach through a request: the running service, the limits it was started with, its telemetry."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from fastapi import Request

from nlp_service.errors import DeadlineExceededError, NotReadyError
from nlp_service.telemetry import Telemetry

if TYPE_CHECKING:
    from nlp_service.analysis import Analysis
    from nlp_service.jobs import JobDesk


PROBE_S = 4.0
"""Past the queue, a sentence takes milliseconds, even when the encoder is busy: what takes longer isn't well."""


class Service(Protocol):
    """What assembly builds and the API serves."""

    @property
    def analysis(self) -> "Analysis":
        """What answers now. Another may take its place at any time: a request asks once, and keeps what it got."""
        ...

    async def ready(self) -> None:
        """Prove by a real inference that requests can be answered.

        Raises:
            NotReadyError: if they can't.
        """
        ...


@dataclass(slots=True)
class Runtime:
    """One application at work.

    Attributes:
        job_desk: where jobs are handed in, if this application takes any.
        timeout_s: time a request may take, its body's arrival included.
        running: the service, between start-up and shutdown.
        leaving: whether requests should go elsewhere, because this one is about to end; all are still answered.
    """

    telemetry: Telemetry
    max_body_bytes: int
    timeout_s: float
    job_desk: "JobDesk | None" = None
    running: Service | None = None
    leaving: Callable[[], bool] = lambda: False
    _probe: "asyncio.Task[None] | None" = None

    @property
    def service(self) -> Service:
        """The running service.

        Raises:
            NotReadyError: before start-up and after shutdown.
        """
        if self.running is None:
            raise NotReadyError("the service isn't running")
        return self.running

    @property
    def analysis(self) -> "Analysis":
        """The running service's analysis, now; raises like `service`."""
        return self.service.analysis

    @property
    def jobs(self) -> "JobDesk":
        """Where jobs are handed in and asked for.

        Raises:
            NotReadyError: before start-up and after shutdown, and if this application takes none.
        """
        if self.running is None or self.job_desk is None:
            raise NotReadyError("the service takes no jobs")
        return self.job_desk

    async def ready(self) -> None:
        """Prove by a real inference that requests should be sent here; probes at the same time share one.

        Raises:
            NotReadyError: if they shouldn't.
        """
        if self.leaving():
            raise NotReadyError("the service is about to end")
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self.service.ready())
        done, _ = await asyncio.wait([self._probe], timeout=min(self.timeout_s, PROBE_S))
        if not done:  # the inference goes on, and is what the next probe waits for
            raise NotReadyError("the probe's inference took too long")
        await self._probe

    @asynccontextmanager
    async def deadline(self, arrived: float | None = None) -> AsyncIterator[None]:
        """Cancel the block when its time is up.

        Args:
            arrived: since when it counts, by the event loop's clock; by default, from now on.

        Raises:
            DeadlineExceededError: then.
        """
        since = asyncio.get_running_loop().time() if arrived is None else arrived
        try:
            async with asyncio.timeout_at(since + self.timeout_s) as timer:
                yield
        except TimeoutError:
            if not timer.expired():
                raise
            raise DeadlineExceededError(f"no answer within {self.timeout_s:g} s") from None


def runtime_of(request: Request) -> Runtime:
    """The runtime of the application that answers this request."""
    return cast(Runtime, request.app.state.runtime)
