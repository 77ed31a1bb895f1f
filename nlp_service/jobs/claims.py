"""Jobs as those who work on them see them: taken, reported on, finished, or put back."""

import logging
import os
from contextlib import suppress
from dataclasses import replace

from nlp_service.errors import JobAbandonedError, NotFoundError, ServiceError
from nlp_service.jobs.files import try_lock
from nlp_service.jobs.folder import WORK_LOCK, JobFolder
from nlp_service.jobs.records import FINISHED, Outcome, Place, State, Work, now
from nlp_service.jobs.shelf import Shelf, on_disk

MAX_ATTEMPTS = 3

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
            if state.status in FINISHED:  # a moment ago, or left untidy by a process that ended
                self._job.remove_input()
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
                self._job.write_state(replace(state, status="queued", attempts=state.attempts - 1))

    def release(self) -> None:
        """Let others work on it."""
        os.close(self._lock)

    def _running(self) -> State | None:
        """Where the job is, or None if it is no longer worked on."""
        with suppress(NotFoundError):
            state = self._shelf.state(self._job)
            return state if state.status == "running" else None
        return None

    def _finish(self, state: State) -> None:
        self._job.write_state(replace(state, finished_at=now()))
        self._job.remove_input()


@on_disk
def take(shelf: Shelf) -> Claim | None:
    """The job that has waited longest and that nobody works on, to be worked on now; None if there is none."""
    waiting = []
    for job in shelf.unfinished():
        with suppress(NotFoundError):
            waiting.append((shelf.state(job).created_at, job.path.name))
    for _, name in sorted(waiting):
        claim = _claim(shelf, shelf.job(name))
        if claim is not None:
            return claim
    return None


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
