"""Jobs as those who submit them see them: added, looked up, answered, cancelled; and removed when their time is up."""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from nlp_service.errors import (
    InvalidInputError,
    JobDamagedError,
    JobUnfinishedError,
    NoResultError,
    NotFoundError,
    OverloadedError,
)
from nlp_service.jobs.files import lasting_names, write_whole
from nlp_service.jobs.folder import JobFolder, no_such_job, work_bytes
from nlp_service.jobs.records import FINISHED, Job, Outcome, State, Status, Work, now
from nlp_service.jobs.shelf import DRAFT, GONE, Shelf, on_disk

MAX_WAITING = 32
"""Unfinished jobs; with the largest bodies, half a gigabyte."""
RETRY_AFTER_S = 60.0
"""Advice to who finds the shelf full: jobs take minutes."""
DRAFT_S = 3_600
"""Age at which a draft was left behind by a process that ended: none takes that long."""

_SECRET = ".secret"
_ID_BYTES = 32
_ENDED_BY_ITSELF: frozenset[Status] = FINISHED - {"cancelled"}


class Store:
    """Keeps jobs on a shelf. Every method reads or writes files: call it from a thread. All may raise StorageError.

    Args:
        ttl_s: how long a finished job is kept.
        max_waiting: how many jobs may be unfinished.
    """

    def __init__(self, shelf: Shelf, *, ttl_s: float, max_waiting: int = MAX_WAITING) -> None:
        self._shelf = shelf
        self._ttl = timedelta(seconds=ttl_s)
        self._max_waiting = max_waiting

    @on_disk
    def add(self, work: Work, key: str | None = None) -> Job:
        """Keep a job; once this returns, it outlasts the process and a power cut.

        Args:
            key: whoever comes with the same key again gets the same job, as long as that is kept; a new one if it
                has expired or was removed.

        Raises:
            InvalidInputError: if the key was used for other work.
            OverloadedError: if too many jobs wait.
        """
        self._shelf.make()
        job = self._shelf.job(self._new_id(key))
        content = work_bytes(work)
        state = State("queued", len(work.questions), now(), fingerprint=_fingerprint(content))
        known = self._known(job, state)
        if known is not None:
            return known
        self._admit()
        draft = JobFolder(self._shelf.folder / f"{DRAFT}{secrets.token_hex(16)}")
        try:
            draft.path.mkdir(mode=0o700)
            draft.write_input(content)
            draft.write_state(state)
            with self._shelf.changing():
                known = self._known(job, state)
                if known is not None:
                    return known
                self._admit()
                with lasting_names(self._shelf.folder):
                    draft.path.rename(job.path)
        finally:
            self._shelf.remove(draft.path)
        return self._seen(job, state)

    @on_disk
    def job(self, name: str) -> Job:
        """The job of this id.

        Raises:
            NotFoundError: if there is none.
        """
        job = self._shelf.job(name)
        return self._seen(job, self._shelf.state(job))

    @on_disk
    def outcome(self, name: str) -> Outcome:
        """What came of a job.

        Raises:
            NotFoundError: if there is no such job.
            JobUnfinishedError: if nothing came of it yet.
            NoResultError: if nothing will.
            JobDamagedError: if it can't be made out.
        """
        job = self._shelf.job(name)
        self._insist_on_success(job)
        try:
            return job.outcome()
        except JobDamagedError:
            self._insist_on_success(job)  # it may have been removed meanwhile
            raise

    @on_disk
    def cancel(self, name: str) -> Job | None:
        """End a job that is unfinished, and remove all its texts; of one that ended by itself, remove everything.

        Returns:
            The cancelled job, which is kept to tell so, also if it was cancelled before; None if nothing is left.

        Raises:
            NotFoundError: if there is none.
        """
        job = self._shelf.job(name)
        if not job.exists():
            raise no_such_job()
        with self._shelf.changing():
            state = self._shelf.state(job)
            if state.status in _ENDED_BY_ITSELF:
                self._shelf.remove(job.path)
                return None
            if state.status != "cancelled":
                state = replace(state, status="cancelled", finished_at=now())
                job.write_state(state)
            job.remove_texts()
        return self._seen(job, state)

    @on_disk
    def sweep(self) -> None:
        """Remove what was finished long enough ago, and what processes that ended left behind."""
        for job in filter(self._expired, self._shelf.jobs()):
            with self._shelf.changing():
                if self._expired(job):  # still: another may have been submitted with its key
                    self._shelf.remove(job.path)
        for name in self._shelf.names():
            path = self._shelf.folder / name
            if name.startswith(GONE) or (name.startswith(DRAFT) and _age_s(path) > DRAFT_S):
                self._shelf.remove(path)

    def _new_id(self, key: str | None) -> str:
        """Not to be guessed: random, or for a key, made of it with a secret that never leaves the folder."""
        if key is None:
            return secrets.token_urlsafe(_ID_BYTES)
        digest = hmac.digest(self._secret(), key.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

    def _secret(self) -> bytes:
        path = self._shelf.folder / _SECRET
        with self._shelf.changing():
            known = path.read_bytes() if path.exists() else b""
            if len(known) != _ID_BYTES:
                known = secrets.token_bytes(_ID_BYTES)
                write_whole(path, known)
        return known

    def _known(self, job: JobFolder, wanted: State) -> Job | None:
        """The job if it is there, and is the wanted one."""
        try:
            state = self._shelf.state(job)
        except NotFoundError:
            return None
        if state.fingerprint not in ("", wanted.fingerprint):
            raise InvalidInputError("the idempotency key was used with other questions")
        return self._seen(job, state)

    def _insist_on_success(self, job: JobFolder) -> None:
        status = self._shelf.state(job).status
        if status not in FINISHED:
            raise JobUnfinishedError(f"the job is {status}")
        if status != "succeeded":
            raise NoResultError("the job failed" if status == "failed" else "the job was cancelled")

    def _admit(self) -> None:
        if sum(1 for _ in self._shelf.unfinished()) >= self._max_waiting:
            raise OverloadedError(RETRY_AFTER_S)

    def _seen(self, job: JobFolder, state: State) -> Job:
        return Job(
            id=job.path.name,
            status=state.status,
            questions=state.questions,
            created_at=state.created_at,
            started_at=state.started_at,
            finished_at=state.finished_at,
            expires_at=state.finished_at + self._ttl if state.finished_at else None,
            place=job.place() if state.status == "running" else None,
            error=state.error,
        )

    def _expired(self, job: JobFolder) -> bool:
        try:
            finished_at = self._shelf.state(job).finished_at
        except NotFoundError:
            return False
        return finished_at is not None and finished_at + self._ttl < now()


def _fingerprint(content: bytes) -> str:
    """Without line breaks, since earlier versions made none."""
    digest = hashlib.sha256()
    for line in BytesIO(content):
        digest.update(line.removesuffix(b"\n"))
    return digest.hexdigest()


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
