"""Where jobs are handed in and asked for, without holding up the event loop."""

import asyncio
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from nlp_service.errors import StorageError
from nlp_service.jobs.records import Job, Outcome, Work
from nlp_service.jobs.runner import Runner
from nlp_service.jobs.store import Store

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)


class JobDesk:
    """What the outside may do with jobs. Each method raises what the store's of its name raises; see there."""

    def __init__(self, store: Store, runner: Runner) -> None:
        self._store = store
        self._runner = runner

    async def add(self, make: Callable[[], Work], key: str | None = None) -> Job:
        """Keep a job, to be worked on in its turn; `make` is called in a thread, since there may be much to make."""
        job = await _in_thread(lambda: self._store.add(make(), key))
        self._runner.look()
        return job

    async def job(self, name: str) -> Job:
        """The job of this id."""
        return await _in_thread(self._store.job, name)

    async def outcome(self, name: str) -> Outcome:
        """What came of a job."""
        return await _in_thread(self._store.outcome, name)

    async def cancel(self, name: str) -> Job | None:
        """End a job that is unfinished, or remove one that ended by itself."""
        job = await _in_thread(self._store.cancel, name)
        if job is not None:
            self._runner.cancelled(name)
        return job


async def _in_thread(function: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(function, *arguments, **keywords)
    except StorageError as error:
        logger.warning("%s", error)
        raise
