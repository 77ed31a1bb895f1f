"""Large clusterings in a process of their own.

HDBSCAN holds the interpreter's lock for seconds at a time: in a thread it would keep the event loop, and so every other
request and the probes of an orchestrator, from running. And what nobody waits for any more can be ended in a process.
"""

import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Lock, Thread
from typing import Any, Final, NamedTuple

import numpy as np

from nlp_service.contracts import Clustering, Kind, Progress, QuestionItem, Vectors, unobserved
from nlp_service.errors import ProcessLostError
from nlp_service.tasks.questions.clusterer import STEPS, QuestionClusterer
from nlp_service.tasks.questions.identity.continuation import Previous

# The signals are ignored before anything takes time: what ends the service lets it finish its work first.
CHILD: Final = """
import signal, sys
for ending in (signal.SIGINT, signal.SIGTERM):
    signal.signal(ending, signal.SIG_IGN)
from nlp_service.tasks.questions.child import main
main(int(sys.argv[1]))
"""
FEWEST: Final = 1_000
"""Questions from which on the way to another process is worth it; fewer take some tenths of a second."""
MOST_AT_ONCE: Final = 5_000
"""Questions that a request may send; more come as a job."""
AT_ONCE: Final = 2_000
"""Questions in a message: writing many in one piece would hold the lock, too."""
BEAT_S: Final = 0.2
"""How often is asked whether the answer is still wanted."""
GRACE_S: Final = 5.0
BEGINNING: Final = ("clustering", 0, STEPS)


class Job(NamedTuple):
    """What `QuestionClusterer.cluster` is asked, but for the progress."""

    questions: Sequence[QuestionItem]
    vectors: Vectors
    kinds: Sequence[Kind]
    previous: Previous
    previous_sample: Vectors | None
    least_size: int | None
    reasons: Sequence[str | None]


class Failure(NamedTuple):
    """That the work went wrong, and where; never what it was about."""

    where: str


class SeparateClusterer(QuestionClusterer):
    """The same clusters, of large sets from child processes.

    One works on what a request may send, one on what is larger, so that nobody waits for a job; each on one set after
    the other. They are started when they are first needed, and end by themselves when they have had nothing to do for a
    while, or their parent has ended.
    """

    def __init__(self) -> None:
        self._rooms = {is_job: _Room() for is_job in (False, True)}

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
        reasons: Sequence[str | None] = (),
    ) -> Clustering:
        """As `QuestionClusterer.cluster`; `progress` is asked again and again, and ends the child's work by raising.

        Raises:
            ProcessLostError: if the child ends or can't be started.
            RuntimeError: if the work goes wrong.
        """
        if len(questions) < FEWEST or sys.platform == "win32":
            return super().cluster(
                questions,
                vectors,
                kinds,
                previous,
                progress,
                previous_sample=previous_sample,
                least_size=least_size,
                reasons=reasons,
            )
        job = Job(questions, vectors, kinds, previous, previous_sample, least_size, reasons)
        return self._rooms[is_large(len(questions))].cluster(job, progress)

    def close(self) -> None:
        """End the child processes."""
        for room in self._rooms.values():
            room.close()


def is_large(questions: int) -> bool:
    """Whether so many questions only come as a job."""
    return questions > MOST_AT_ONCE


class _Room:
    """A child process and the line to it."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    def cluster(self, job: Job, progress: Progress) -> Clustering:
        """Have the child do it, once it has done what came before."""
        while not self._turn.acquire(timeout=BEAT_S):
            progress(*BEGINNING)
        try:
            return self._answer(job, progress)
        except BaseException as error:  # the child may be in the middle of it
            self._end()
            if isinstance(error, OSError | EOFError):
                raise ProcessLostError("the process that clusters has ended or couldn't be started") from None
            raise
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the child."""
        with self._turn:
            self._end()

    def _answer(self, job: Job, progress: Progress) -> Clustering:
        line, said = self._begun(job, progress)
        while not isinstance(said, Clustering):
            if isinstance(said, Failure):
                raise RuntimeError(f"clustering failed: {said.where}")
            said = _next(line, said, progress)
        return said

    def _begun(self, job: Job, progress: Progress) -> tuple[Connection, Any]:
        """The line to a child that has got the job, and what it said first.

        One that had nothing to do may be about to end, though its line still takes a job: then another one gets it.
        """
        if self._line is not None and self._child is not None and self._child.poll() is None:
            with suppress(OSError, EOFError):
                send(self._line, job)
                return self._line, _next(self._line, BEGINNING, progress)
        self._end()
        line = self._line = self._started()
        send(line, job)
        return line, _next(line, BEGINNING, progress)

    def _started(self) -> Connection:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-c", CHILD, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # what is told to a terminal's processes is for the parent, which ends this one
            )
            Thread(target=self._child.wait, daemon=True).start()  # for nobody else may ask for a long time
            return Connection(ours.detach())

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._child is not None:
            self._child.kill()
            self._child.wait(GRACE_S)
        self._line = self._child = None


def _next(line: Connection, place: tuple[str, int, int], progress: Progress) -> Any:
    """What the child says next; until then, `progress` is told again and again how far the work is."""
    progress(*place)
    while not line.poll(BEAT_S):
        progress(*place)
    return line.recv()


def send(line: Connection, job: Job) -> None:
    """Put a job into the line, in small parts."""
    line.send((len(job.questions), job.vectors.shape[1], job.least_size, job.previous_sample is not None))
    for start in range(0, len(job.questions), AT_ONCE):
        line.send([of_each[start : start + AT_ONCE] for of_each in (job.questions, job.kinds, job.reasons)])
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
    reasons: list[str | None] = []
    while len(questions) < count:
        for received, some in zip((questions, kinds, reasons), line.recv(), strict=True):
            received += some
    vectors = _received_rows(line, dimension)
    previous = line.recv()
    sample = _received_rows(line, dimension) if has_sample else None
    return Job(questions, vectors, kinds, previous, sample, least_size, reasons)


def _send_rows(line: Connection, rows: Vectors) -> None:
    """As they lie in memory: to copy those of a large job takes tenths of a second, with the lock held."""
    line.send_bytes(np.ascontiguousarray(rows, dtype=np.float32).reshape(-1).view(np.uint8).data)


def _received_rows(line: Connection, dimension: int) -> Vectors:
    return np.frombuffer(line.recv_bytes(), dtype=np.float32).reshape(-1, dimension).copy()
