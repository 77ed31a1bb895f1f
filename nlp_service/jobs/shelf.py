"""The folder that all jobs are in, one sub-folder each; any number of processes may share it.

A job appears and disappears in one step (a rename). Its state changes under one lock of the shelf, held for moments;
who works on it holds a lock of the job's own all the while. Nothing here waits for work, so any process answers for
any job.
"""

import logging
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from nlp_service.errors import JobDamagedError, StorageError
from nlp_service.jobs.files import locked, remove_folder
from nlp_service.jobs.folder import JobFolder, no_such_job
from nlp_service.jobs.records import State

P = ParamSpec("P")
T = TypeVar("T")

ID = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 random bits in base64url."""
DRAFT, GONE = ".draft-", ".gone-"
"""How the names of folders begin that aren't jobs yet, or no longer."""
_LOCK = ".lock"

logger = logging.getLogger(__name__)


def on_disk(function: Callable[P, T]) -> Callable[P, T]:
    """Say of any failure of the disk that it is one (StorageError), without a path."""

    @wraps(function)
    def guarded(*arguments: P.args, **keywords: P.kwargs) -> T:
        try:
            return function(*arguments, **keywords)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            raise StorageError(f"jobs can't be kept: {reason}") from error

    return guarded


class Shelf:
    """Finds jobs, and guards their states. Every method reads or writes files: call it from a thread.

    Args:
        folder: made when the first job comes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reported: set[str] = set()

    def make(self) -> None:
        """Make the folder if it isn't there."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def names(self) -> list[str]:
        """Of everything in the folder."""
        try:
            return sorted(path.name for path in self.folder.iterdir())
        except FileNotFoundError:
            return []

    def job(self, name: str) -> JobFolder:
        """The folder that a job of this id would have; an id that can't be one never becomes a path.

        Raises:
            NotFoundError: if there can't be one.
        """
        if not ID.fullmatch(name):
            raise no_such_job()
        return JobFolder(self.folder / name)

    def jobs(self) -> Iterator[JobFolder]:
        """All jobs."""
        return (JobFolder(self.folder / name) for name in self.names() if ID.fullmatch(name))

    def unfinished(self) -> Iterator[JobFolder]:
        """The jobs that wait or are worked on, and those left untidy by a process that ended."""
        return (job for job in self.jobs() if job.has_input())

    def state(self, job: JobFolder) -> State:
        """Where a job is in its life; that it can't be made out is logged once.

        Raises:
            NotFoundError: if there is no such job.
        """
        state = job.state()
        if state.error == JobDamagedError.__name__ and job.path.name not in self._reported:
            self._reported.add(job.path.name)
            logger.warning("job %s: its files can't be made out, so it has failed", job.label)
        return state

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock under which states change and jobs are admitted."""
        with locked(self.folder / _LOCK):
            yield

    def remove(self, path: Path) -> None:
        """Remove a folder in this one: gone in one step, whatever ends the process meanwhile."""
        remove_folder(path, self.folder / f"{GONE}{secrets.token_hex(16)}")
