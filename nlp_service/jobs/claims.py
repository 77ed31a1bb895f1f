"""Jobs as those who work on them see them: taken, reported on, finished, or put back."""

import logging
import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from nlp_service.errors import JobAbandonedError, NotFoundError, ServiceError
from nlp_service.jobs.files import try_lock
from nlp_service.jobs.folder import WORK_LOCK, JobFolder
from nlp_service.jobs.records import FINISHED, Outcome, Place, State, Work, now
from nlp_service.jobs.shelf import Shelf, on_disk

MAX_ATTEMPTS = 3
"""A job that ends the process must not do so for ever."""
MAX_SETBACKS = 100
"""With their rests, a job outlasts about a day of a trouble that befalls it and not all."""
REST_S, MAX_REST_S = 5.0, 900.0
"""How long a job that was set back is left alone: the first time, twice as long each time, and at most."""

logger = logging.getLogger(__name__)


class Claim:
    """A job that this process works on, and no other, until it is released or the process ends.

    If the job was cancelled or removed meanwhile, what is said of it here has no effect. All methods that touch files
    may raise StorageError; call them from a thread.
    """

    def __init__(self, shelf: Shelf, job: JobFolder, lock: int) -> None:
        self._shelf = shelf
        self._job = job
        self._lock = lock
        self._created_at: datetime | None = None

    @property
    def id(self) -> str:
        """The job's id."""
        return self._job.path.name

    @property
    def label(self) -> str:
        """What a log may call the job."""
        return self._job.label

    @on_disk
    def begin(self) -> bool:
        """Note that work on it begins; False if there is none to do."""
        with self._shelf.changing():
            state = self._shelf.state(self._job)
            self._created_at = state.created_at
            if state.status in FINISHED:  # a moment ago, or left untidy by a process that ended
                self._tidy(state)
                return False
            if state.attempts >= MAX_ATTEMPTS:
                logger.warning("job %s: given up, the process ended in each of %d attempts", self.label, state.attempts)
                self._finish(replace(state, status="failed", error=JobAbandonedError.__name__))
                return False
            self._job.forget_place()
            started = state.started_at or now()
            self._job.write_state(replace(state, status="running", attempts=state.attempts + 1, started_at=started))
        return True

    @on_disk
    def work(self) -> Work:
        """What is to be done.

        Raises:
            JobDamagedError: if it can't be made out.
        """
        return self._job.work()

    @on_disk
    def report(self, place: Place | None) -> bool:
        """Note how far the work is; whether it is still wanted."""
        if self._running() is None:
            return False
        if place is not None:
            self._job.write_place(place)
        return True

    @on_disk
    def succeed(self, outcome: Outcome) -> None:
        """Keep what came of it."""
        with self._shelf.changing():
            state = self._running()
            if state is not None:
                self._job.write_outcome(outcome)
                self._finish(replace(state, status="succeeded"))

    @on_disk
    def fail(self, error: type[ServiceError]) -> None:
        """Nothing will come of it."""
        with self._shelf.changing():
            state = self._running()
            if state is not None:
                self._finish(replace(state, status="failed", error=error.__name__))

    @on_disk
    def put_back(self) -> None:
        """Leave it to whoever takes it next, as if this attempt had not been."""
        with self._shelf.changing():
            state = self._running()
            if state is not None:
                self._leave(state)

    @on_disk
    def set_back(self, error: type[ServiceError]) -> None:
        """Leave it for a better time, as if this attempt had not been; after very many times, it has failed.

        Args:
            error: what it was set back by.
        """
        with self._shelf.changing():
            state = self._running()
            if state is None:
                return
            if state.setbacks >= MAX_SETBACKS:
                logger.warning("job %s: given up after %d setbacks", self.label, state.setbacks)
                self._finish(replace(state, status="failed", error=error.__name__))
            else:
                self._leave(replace(state, setbacks=state.setbacks + 1, set_back_at=now()))

    def release(self) -> None:
        """Let others work on it."""
        os.close(self._lock)

    def _running(self) -> State | None:
        """Where the job is, or None if it is no longer worked on, be there another of its id by now."""
        with suppress(NotFoundError):
            state = self._shelf.state(self._job)
            return state if state.status == "running" and state.created_at == self._created_at else None
        return None

    def _leave(self, state: State) -> None:
        self._job.write_state(replace(state, status="queued", attempts=state.attempts - 1))

    def _finish(self, state: State) -> None:
        self._job.write_state(replace(state, finished_at=now()))
        self._tidy(state)

    def _tidy(self, state: State) -> None:
        """Remove the texts of a finished job; of one that didn't succeed, a result too that came just before."""
        if state.status == "succeeded":
            self._job.remove_input()
        else:
            self._job.remove_texts()


@on_disk
def take(shelf: Shelf) -> Claim | None:
    """The job that has waited longest and that nobody works on, to be worked on now; None if there is none.

    One that was set back lets others go before it for a while.
    """
    waiting = []
    for job in shelf.unfinished():
        with suppress(NotFoundError):
            state = shelf.state(job)
            if not _rests(state):
                waiting.append((state.created_at, job.path.name))
    for _, name in sorted(waiting):
        claim = _claim(shelf, shelf.job(name))
        if claim is not None:
            return claim
    return None


def _rests(state: State) -> bool:
    """Whether it was set back a short while ago; a clock that goes back makes no rest longer."""
    if state.set_back_at is None:
        return False
    rest = timedelta(seconds=min(REST_S * 2 ** (state.setbacks - 1), MAX_REST_S))
    return state.set_back_at <= now() < state.set_back_at + rest


def _claim(shelf: Shelf, job: JobFolder) -> Claim | None:
    try:
        lock = try_lock(job.path / WORK_LOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if lock is None:
        return None
    claim, begun = Claim(shelf, job, lock), False
    try:
        with suppress(NotFoundError):
            begun = claim.begin()
    finally:
        if not begun:
            claim.release()
    return claim if begun else None
