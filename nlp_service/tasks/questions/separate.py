"""Large clusterings in a process of their own.

HDBSCAN holds the interpreter's lock for seconds at a time: in a thread it would keep the event loop, and so every other
request and the probes of an orchestrator, from running. And what nobody waits for any more can be ended in a process.
"""

import socket
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np

from nlp_service.contracts import Clustering, Kind, Progress, QuestionItem, Vectors, unobserved
from nlp_service.tasks.questions.clusterer import STEPS, QuestionClusterer
from nlp_service.tasks.questions.identity.continuation import Previous

CHILD: Final = "nlp_service.tasks.questions.child"
FEWEST: Final = 1_000
"""Questions from which on the way to another process is worth it; fewer take some tenths of a second."""
AT_ONCE: Final = 2_000
"""Questions in a message: writing many in one piece would hold the lock, too."""
BEAT_S: Final = 0.2
"""How often is asked whether the answer is still wanted."""
GRACE_S: Final = 5.0


class Job(NamedTuple):
    """What `QuestionClusterer.cluster` is asked, but for the progress."""

    questions: Sequence[QuestionItem]
    vectors: Vectors
    kinds: Sequence[Kind]
    previous: Previous
    previous_sample: Vectors | None
    least_size: int | None


class Failure(NamedTuple):
    """That the work went wrong, and where; never what it was about."""

    where: str


class SeparateClusterer(QuestionClusterer):
    """The same clusters, of large sets from a child process, one set after the other.

    The child is started when it is first needed, and ends by itself when it has had nothing to do for a while, or its
    parent has ended.
    """

    def __init__(self) -> None:
        self._turn = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    def cluster(
        self,
        questions: Sequence[QuestionItem],
        vectors: Vectors,
        kinds: Sequence[Kind],
        previous: Previous = (),
        progress: Progress = unobserved,
        *,
        previous_sample: Vectors | None = None,
        least_size: int | None = None,
    ) -> Clustering:
        """As `QuestionClusterer.cluster`; `progress` is asked again and again, and ends the child's work by raising.

        Raises:
            RuntimeError: if the child fails or ends.
        """
        if len(questions) < FEWEST:
            return super().cluster(
                questions,
                vectors,
                kinds,
                previous,
                progress,
                previous_sample=previous_sample,
                least_size=least_size,
            )
        job = Job(questions, vectors, kinds, previous, previous_sample, least_size)
        with self._turn:
            try:
                return self._answer(self._asked(job), progress)
            except BaseException:  # the child may be in the middle of it
                self._end()
                raise

    def close(self) -> None:
        """End the child process."""
        with self._turn:
            self._end()

    def _asked(self, job: Job) -> Connection:
        """The line to a child that has got the job."""
        if self._child is not None and self._child.poll() is None:
            try:
                return self._told(job)
            except OSError:  # it has just ended, having had nothing to do
                pass
        self._end()
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(
                [sys.executable, "-m", CHILD, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._line = Connection(ours.detach())
        return self._told(job)

    def _told(self, job: Job) -> Connection:
        assert self._line is not None
        send(self._line, job)
        return self._line

    @staticmethod
    def _answer(line: Connection, progress: Progress) -> Clustering:
        place: tuple[str, int, int] = ("clustering", 0, STEPS)
        while True:
            progress(*place)
            if not line.poll(BEAT_S):
                continue
            try:
                said: Any = line.recv()
            except EOFError:
                raise RuntimeError("the process that clusters has ended") from None
            if isinstance(said, Failure):
                raise RuntimeError(f"clustering failed: {said.where}")
            if isinstance(said, Clustering):
                return said
            place = said

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._child is not None:
            self._child.kill()
            self._child.wait(GRACE_S)
        self._line = self._child = None


def send(line: Connection, job: Job) -> None:
    """Put a job into the line, in small parts."""
    line.send((len(job.questions), job.vectors.shape[1], job.least_size, job.previous_sample is not None))
    for start in range(0, len(job.questions), AT_ONCE):
        line.send((job.questions[start : start + AT_ONCE], job.kinds[start : start + AT_ONCE]))
    _send_rows(line, job.vectors)
    line.send(list(job.previous))
    if job.previous_sample is not None:
        _send_rows(line, job.previous_sample)


def receive(line: Connection) -> Job:
    """Take a job out of the line.

    Raises:
        EOFError: if there won't be one.
    """
    count, dimension, least_size, has_sample = line.recv()
    questions: list[QuestionItem] = []
    kinds: list[Kind] = []
    while len(questions) < count:
        some, their_kinds = line.recv()
        questions += some
        kinds += their_kinds
    vectors = _received_rows(line, dimension)
    previous = line.recv()
    return Job(questions, vectors, kinds, previous, _received_rows(line, dimension) if has_sample else None, least_size)


def _send_rows(line: Connection, rows: Vectors) -> None:
    line.send_bytes(np.ascontiguousarray(rows, dtype=np.float32).tobytes())


def _received_rows(line: Connection, dimension: int) -> Vectors:
    return np.frombuffer(line.recv_bytes(), dtype=np.float32).reshape(-1, dimension).copy()
