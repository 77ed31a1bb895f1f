"""Several processes behind one port: starts them, hands them connections in turn, replaces those that die, ends them.

The supervisor accepts all connections itself and passes them on, as Node's cluster module does. Left to the kernel, 32
connections that came at once to 4 workers went 29, 2, 1, 0 with a shared socket, whose waiters are woken one before
all others, and 14, 10, 5, 3 with SO_REUSEPORT, by chance; load balancers keep such connections for hours. And the
backlog belongs to nobody who may die: with SO_REUSEPORT a worker's is lost with it (granian #567, gunicorn #3612).

It loads no models and has one thread, so that forking is safe.
"""

import logging
import os
import selectors
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable
from time import monotonic

from nlp_service.errors import ConfigurationError
from nlp_service.serving.departure import Step
from nlp_service.serving.door import Door
from nlp_service.serving.entrances import Word
from nlp_service.serving.signals import Signals
from nlp_service.serving.workers import HUNG_S, SILENT_S, Pauses, Worker

Work = Callable[[int, socket.socket], int]
"""What a worker does: given its slot and its end of the channel, it returns its exit code."""

TURN_S = 0.1
LONG_TURN_S = 1.0
"""What was held up for longer was the supervisor itself, and perhaps all of the machine: no worker's silence."""
ALONE_S = 1.0
"""A worker that was asked to end is let go alone, unless the supervisor is asked too: `kill` and systemd ask all."""
CLOSING_S = 15.0
"""For a drained worker to put its job back and close."""

logger = logging.getLogger(__name__)


class Supervisor:
    """Runs workers until it is asked to end.

    Args:
        listeners: bound sockets; it closes them.
        count: of workers.
        work: what each does, after a fork.
        notice_s: how long everything goes on being served after the first signal to end; workers know of it at once.
        drain_s: how long requests under way may take after that.
        ended: called with the slot of each process that has ended.
    """

    def __init__(
        self,
        listeners: list[socket.socket],
        count: int,
        work: Work,
        *,
        notice_s: float,
        drain_s: float,
        ended: Callable[[int], None],
    ) -> None:
        self._count = count
        self._work = work
        self._notice_s = notice_s
        self._drain_s = drain_s
        self._ended = ended
        self._workers: deque[Worker] = deque()
        self._due = dict.fromkeys(range(count), 0.0)
        self._pauses = Pauses()
        self._selector = selectors.DefaultSelector()
        self._door = Door(listeners, self._selector, self._workers)
        self._signals = Signals(self._selector)
        self._step = Step.SERVING
        self._began_at = 0.0
        self._turned_at = monotonic()
        self._failure = ""
        self._code = 0

    def run(self) -> int:
        """Work until the end; the exit code.

        Raises:
            ConfigurationError: if a worker can't start, and no port was opened yet.
        """
        with self._selector, self._signals.noted():
            while not self._is_over():
                for key, _ in self._selector.select(TURN_S):
                    key.data()
                self._heed_signals()
                self._bury()
                self._count_silence()
                self._start_due()
                self._let_go()
                self._end()
                for worker in self._workers:
                    worker.flush()
                self._door.mind()
        if self._failure:
            raise ConfigurationError(self._failure)
        return self._code

    def _is_over(self) -> bool:
        return self._step >= Step.LEAVING and not self._workers

    # Signals

    def _heed_signals(self) -> None:
        for number in self._signals.taken():
            if number != signal.SIGCHLD:
                logger.info("%s for %d workers", signal.Signals(number).name, len(self._workers))
            if number == signal.SIGHUP:
                for worker in self._workers:
                    worker.signal(signal.SIGHUP)
            elif number == signal.SIGTERM:
                self._reach(Step(min(self._step + 1, Step.CUT_OFF)))
            elif number == signal.SIGINT:
                self._code = 128 + signal.SIGINT
                self._reach(max(Step(min(self._step + 1, Step.CUT_OFF)), Step.HURRYING))

    def _reach(self, step: Step) -> None:
        if self._step == Step.SERVING:
            self._began_at = monotonic()
        for worker in self._workers:
            if worker.ready_at is None:
                worker.signal(signal.SIGTERM)  # it is still loading
            else:
                worker.tell(*[Word.FURTHER] * (step - self._step))
        self._step = step

    # Processes

    def _start_due(self) -> None:
        if self._step >= Step.LEAVING:
            return
        for slot in sorted(self._due):
            if self._due[slot] <= monotonic():
                del self._due[slot]
                self._start(slot)

    def _start(self, slot: int) -> None:
        """Start a worker, or try again later: short of processes or memory, the others go on."""
        try:
            worker = self._forked(slot)
        except OSError as error:
            pause = self._pauses.after(slot, 0.0)
            self._due[slot] = monotonic() + pause
            logger.error("worker %d can't be started: %s: tried again in %g s", slot, error.strerror, pause)
            return
        self._workers.append(worker)
        self._selector.register(worker.channel, selectors.EVENT_READ, lambda: self._hear(worker))

    def _forked(self, slot: int) -> Worker:
        ours, theirs = socket.socketpair()
        try:
            ours.setblocking(False)
            sys.stdout.flush()
            sys.stderr.flush()
            with self._signals.held_back():
                pid = os.fork()
                if pid == 0:
                    ours.close()
                    self._be_worker(slot, theirs)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return Worker(slot, pid, ours)

    def _be_worker(self, slot: int, channel: socket.socket) -> None:
        """What the child does instead of returning. It keeps nothing open by which others would seem alive."""
        code = 1
        try:
            signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
            self._signals.left_to_the_parent()
            self._selector.close()
            for inherited in (*self._door.sockets, *(worker.channel for worker in self._workers)):
                inherited.close()
            code = self._work(slot, channel)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            logger.exception("worker %d", slot)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _hear(self, worker: Worker) -> None:
        try:
            words = worker.channel.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            words = b""
        if not words:  # its process has ended, or is about to
            self._selector.unregister(worker.channel)
            worker.retired = True
        worker.silent_s = 0.0
        words, failed, why = words.partition(Word.FAILED)
        if failed:
            worker.last_words = why.decode(errors="replace")
        for word in words:
            self._heed(worker, bytes([word]))

    def _heed(self, worker: Worker, word: bytes) -> None:
        if word == Word.READY:
            self._welcome(worker)
        elif word == Word.FULL:
            worker.silent_s = SILENT_S
        elif word == Word.MAY_I_GO:
            worker.asked_at = worker.asked_at or monotonic()

    def _welcome(self, worker: Worker) -> None:
        worker.ready_at = monotonic()
        logger.info("worker %d is ready: process %d", worker.slot, worker.pid)
        worker.tell(*[Word.FURTHER] * self._step)
        ready = sum(other.ready_at is not None for other in self._workers)
        if not self._door.is_open and ready == self._count:  # all at once, or the first would get all connections
            self._door.open()

    def _bury(self) -> None:
        """Note who has ended, and when the next one is to take its place."""
        for worker in list(self._workers):
            code = worker.exit_code()
            if code is None:
                continue
            if worker.channel.fileno() in self._selector.get_map():
                self._hear(worker)
            self._workers.remove(worker)
            if worker.channel.fileno() in self._selector.get_map():
                self._selector.unregister(worker.channel)
            worker.channel.close()
            self._ended(worker.slot)
            if self._step >= Step.LEAVING:
                self._code = self._code or int(code != 0)
            elif self._door.is_open:
                self._replace(worker, code)
            else:  # the others would do no better
                self._code = 1
                self._failure = worker.last_words or f"a worker couldn't start: it ended {_how(code)}"
                self._reach(Step.HURRYING)

    def _replace(self, worker: Worker, code: int) -> None:
        now = monotonic()
        pause = self._pauses.after(worker.slot, now - (worker.ready_at or now))
        self._due[worker.slot] = now + pause
        how = "; ".join([_how(code), *worker.last_words.splitlines()])
        logger.error("worker %d (process %d) ended %s: replaced in %g s", worker.slot, worker.pid, how, pause)

    def _count_silence(self) -> None:
        """Pass over workers whose event loop doesn't turn, and end those that it never will again."""
        now = monotonic()
        passed, self._turned_at = min(now - self._turned_at, LONG_TURN_S), now
        for worker in self._workers:
            if worker.ready_at is None:  # it is loading
                continue
            known = worker.is_silent
            worker.silent_s += passed
            if worker.is_silent and not known:
                logger.warning("worker %d (process %d) isn't heard of: passed over", worker.slot, worker.pid)
            if worker.silent_s >= HUNG_S:
                logger.error("worker %d (process %d) is hung: killed", worker.slot, worker.pid)
                worker.signal(signal.SIGKILL)
                worker.retired, worker.silent_s = True, 0.0

    def _let_go(self) -> None:
        """Retire workers that were asked to end, and nobody else was."""
        for worker in self._workers:
            alone = worker.asked_at is not None and monotonic() - worker.asked_at >= ALONE_S
            if alone and not worker.retired and self._step == Step.SERVING:
                worker.retire()

    # The end

    def _end(self) -> None:
        """Close the door when the notice is over, let workers go, and end those that don't find an end."""
        if self._step >= Step.HURRYING or (
            self._step == Step.LEAVING and monotonic() - self._began_at >= self._notice_s
        ):
            self._door.close()
        if self._door.everybody_is_in:
            for worker in self._workers:
                if worker.serves:
                    worker.retire()
        if self._door.closed_at and monotonic() - self._door.closed_at >= self._drain_s + CLOSING_S:
            for worker in self._workers:
                logger.error("worker %d doesn't end: killed", worker.slot)
                worker.signal(signal.SIGKILL)


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
