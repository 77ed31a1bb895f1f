"""Works on the jobs of a shelf, one at a time, beside the requests that the process answers.

Each process that shares the shelf does so: with several workers, or replicas on one folder, as many jobs run at once.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic
from traceback import extract_tb
from typing import TYPE_CHECKING

from nlp_service.calls import Call, calling
from nlp_service.contracts import Clustering
from nlp_service.errors import NotReadyError, OverloadedError, ProcessLostError, ServiceError, StorageError
from nlp_service.jobs.claims import Claim, take
from nlp_service.jobs.records import Outcome, Place, Work
from nlp_service.jobs.shelf import Shelf
from nlp_service.jobs.store import Store

if TYPE_CHECKING:
    from nlp_service.analysis import Analysis

POLL_S = 5.0
"""How often jobs are looked for that another process took in, or left when it ended."""
BEAT_S = 1.0
"""How often progress is noted, and looked whether another process cancelled the job."""
SWEEP_S = 60.0
STOP_S = 5.0
"""Time for the work to end by itself when the service does; the job is put back either way."""
KEEP_S = 600.0
"""How long a result that the disk doesn't take is held, before all of its work is for later: about what that takes."""

logger = logging.getLogger(__name__)


class StoppedError(Exception):
    """The work isn't wanted any more."""


class Watch:
    """The progress of one job's work; it ends the work, wherever that runs, once it has been stopped.

    Attributes:
        place: how far the work is.
        stopped: set from the event loop only.
    """

    def __init__(self) -> None:
        self.place: Place | None = None
        self.stopped = asyncio.Event()

    def __call__(self, step: str, done: int, of: int) -> None:
        self.place = Place(step, int(done), int(of))  # NumPy's integers too
        self.check()

    def check(self) -> None:
        """Raises StoppedError if the work isn't wanted any more."""
        if self.stopped.is_set():
            raise StoppedError


class Runner:
    """Takes up what waits, and what a process that ended left behind.

    Args:
        analysis: gives what answers now; a job keeps what it began with.
        poll_s: see `POLL_S`.
    """

    def __init__(
        self, shelf: Shelf, store: Store, analysis: "Callable[[], Analysis]", *, poll_s: float = POLL_S
    ) -> None:
        self._shelf = shelf
        self._store = store
        self._analysis = analysis
        self._poll_s = poll_s
        self._news = asyncio.Event()
        self._stopping = False
        self._current: tuple[str, Watch] | None = None
        self._trouble = ""
        self._sweep_at = 0.0

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work on jobs within the block. What isn't finished at its end is put back for the next start."""
        task = asyncio.create_task(self._work_on_all())
        try:
            yield
        finally:
            self._stopping = True
            self._news.set()
            if self._current is not None:
                self._current[1].stopped.set()
            await asyncio.wait([task], timeout=STOP_S)
            task.cancel()
            await asyncio.wait([task])

    def look(self) -> None:
        """There may be a new job."""
        self._news.set()

    def cancelled(self, job: str) -> None:
        """This job isn't wanted any more; `BEAT_S` later this would be noticed anyway."""
        if self._current is not None and self._current[0] == job:
            self._current[1].stopped.set()

    async def _work_on_all(self) -> None:
        while not self._stopping:
            self._news.clear()
            try:
                claim = await self._next()
                if claim is not None:
                    await self._work_on(claim)
                    continue
                self._trouble = ""
            except Exception as error:  # a full disk or a fault of our own: there may be a better time
                self._warn(error)
            if not self._stopping:
                await _within(self._poll_s, self._news)

    async def _next(self) -> Claim | None:
        if monotonic() >= self._sweep_at:
            await asyncio.to_thread(self._store.sweep)
            self._sweep_at = monotonic() + SWEEP_S
        return await asyncio.to_thread(take, self._shelf)

    async def _work_on(self, claim: Claim) -> None:
        watch = Watch()
        self._current = claim.id, watch
        if self._stopping:  # since it was taken
            watch.stopped.set()
        beat = asyncio.create_task(self._beat(claim, watch))
        try:
            await self._finish(claim, watch)
        finally:
            self._current = None
            beat.cancel()
            await asyncio.wait([beat])
            claim.release()

    async def _finish(self, claim: Claim, watch: Watch) -> None:
        """Do the work of a job; whatever goes wrong in it ends that job only, and what may pass doesn't end it."""
        started, analysis = monotonic(), self._analysis()
        try:
            work = await asyncio.to_thread(claim.work)
            clustering = await _clustering(analysis, work, watch)
            outcome = Outcome(clustering, analysis.digests())
            await self._insist(partial(claim.succeed, outcome), watch, KEEP_S)
        except asyncio.CancelledError:
            claim.put_back()
            raise
        except (StoppedError, NotReadyError):
            await self._insist(claim.put_back, watch)
        except (StorageError, OverloadedError, ProcessLostError) as error:
            self._warn(error)
            await self._insist(partial(claim.set_back, type(error)), watch)
        except Exception as error:
            logger.warning("job %s failed: %s", claim.label, _described(error))
            kind = type(error) if isinstance(error, ServiceError) else ServiceError
            await self._insist(partial(claim.fail, kind), watch)
        else:
            logger.info("job %s: %d questions in %.1f s", claim.label, len(work.questions), monotonic() - started)

    async def _insist(self, step: Callable[[], None], watch: Watch, patience_s: float = math.inf) -> None:
        """Note on the disk how work on a job ended, again and again while that fails and the job is wanted.

        Without a note it would look as if the process had ended. Other jobs miss little: their beginning is noted too.
        """
        until = monotonic() + patience_s
        while True:
            try:
                return await asyncio.to_thread(step)
            except StorageError as error:
                if watch.stopped.is_set() or monotonic() >= until:
                    raise
                self._warn(error)
            await _within(self._poll_s, watch.stopped)

    @staticmethod
    async def _beat(claim: Claim, watch: Watch) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            with suppress(StorageError):  # nobody sees then how far the work is; it goes on
                if not await asyncio.to_thread(claim.report, watch.place):
                    watch.stopped.set()

    def _warn(self, error: Exception) -> None:
        """One line for a trouble, not one for each attempt."""
        trouble = f"jobs in {self._shelf.folder}: {_described(error)}"
        if trouble != self._trouble:
            logger.warning("%s", trouble)
        self._trouble = trouble


async def _clustering(analysis: "Analysis", work: Work, watch: Watch) -> Clustering:
    watch.check()
    with calling(Call("bulk")):
        return await analysis.cluster(
            work.questions, work.previous, watch, work.least_size, work.previous_sample, patiently=True
        )


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for the event, but no longer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _described(error: Exception) -> str:
    """What happened and where. Only errors of our own tell more: other messages may hold customer text."""
    if isinstance(error, ServiceError) and str(error):
        return str(error)
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
