"""The queue in front of the encoder: sequences of all requests wait here and leave in batches of similar length."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from nlp_service.calls import LANES, Lane, current_call
from nlp_service.contracts import Encoder, Vector, Vectors
from nlp_service.embedding.batching.admission import Admission
from nlp_service.embedding.batching.lines import Lines, Waiting
from nlp_service.embedding.batching.throughput import Throughput
from nlp_service.errors import EncodingError, NotReadyError, ServiceError
from nlp_service.telemetry import Telemetry

logger = logging.getLogger(__name__)

ASSUMED_TOKENS_PER_S = 1000.0
"""Encoder speed assumed until it has been measured; low, so that the first advice isn't to come back too early."""
BULK_NICENESS = 10
"""Of the threads that encode bulk work: the system's scheduler gives way to interactive work in the middle of a
batch, which no queue can. At 10 a thread gets a tenth of a CPU that normal work wants too, so it never stands still."""

Land = Callable[[Vector | ServiceError], None]
Outcome = tuple[Vectors, float] | BaseException
"""Vectors and the seconds they took, or what the encoder raised."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Sequences that go to the encoder together.

    Attributes:
        lane: whose line they come from.
        worker: which threads they run on.
        waited_s: what the one of them that waited longest has waited.
    """

    items: Sequence[Waiting]
    lane: Lane
    worker: Lane
    tokens: int
    waited_s: float

    @property
    def padded(self) -> int:
        """Tokens that the encoder computes on."""
        return max(map(len, self.items)) * len(self.items)


class Batcher:
    """Encodes sequences in batches on worker threads; work-conserving: it never waits for a batch to fill.

    All of a request's sequences are admitted or none. Every caller is answered: with vectors, or with the error of the
    batch that failed. Sequences whose callers have gone are dropped before they cost anything.

    There are `workers` threads for interactive work and as many for bulk work. Bulk batches begin only on workers that
    interactive work leaves idle, or when it is their turn, and give way to interactive batches that come meanwhile.
    A worker that has finished takes its next batch itself: the event loop may be busy for milliseconds.

    All methods must be called in the event loop's thread.
    """

    def __init__(
        self, encoder: Encoder, *, workers: int = 1, batch_tokens: int, queue_tokens: int, telemetry: Telemetry
    ) -> None:
        self._encoder = encoder
        self._workers = workers
        self._batch_tokens = batch_tokens
        self._telemetry = telemetry
        self._admission = Admission(batch_tokens=batch_tokens, queue_tokens=queue_tokens, telemetry=telemetry)
        self._executors: dict[Lane, ThreadPoolExecutor] = {
            "interactive": ThreadPoolExecutor(workers, thread_name_prefix="encoder"),
            "bulk": ThreadPoolExecutor(workers, thread_name_prefix="encoder-bulk", initializer=_give_way),
        }
        # What the event loop and the workers share, under the lock.
        self._lock = threading.Lock()
        self._lines = Lines(batch_tokens)
        self._throughput = Throughput(ASSUMED_TOKENS_PER_S)
        self._running: dict[Lane, int] = dict.fromkeys(LANES, 0)
        self._running_tokens = 0
        self._unlanded = 0
        # The event loop's own.
        self._arrivals = 0
        self._closing = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def warm_up(self) -> None:
        """Encode a full batch on every worker, so that memory is there and the first promise rests on a measurement."""
        length = min(self._encoder.info.max_tokens, 16)
        (token, *_), *_ = self._encoder.tokenize(["一"])
        batch = [[token] * length] * max(1, self._batch_tokens // length)
        await asyncio.to_thread(self._encoder.encode, batch)
        started = time.monotonic()
        loop = asyncio.get_running_loop()
        executor = self._executors["interactive"]
        await asyncio.gather(
            *(loop.run_in_executor(executor, self._encoder.encode, batch) for _ in range(self._workers))
        )
        seconds = max(time.monotonic() - started, 1e-6)
        with self._lock:
            self._throughput = Throughput(self._workers * len(batch) * length / seconds)

    def submit(self, sequences: Sequence[Sequence[int]], lands: Sequence[Land]) -> list[Waiting]:
        """Queue sequences in the lane of the current call.

        Args:
            lands: for each sequence, what is called with its vector, or with EncodingError if the encoder failed on it.

        Raises:
            OverloadedError: if there is no room for these sequences, or they couldn't be ready by the call's deadline.
            TooMuchWorkError: if not even an idle encoder could do it by then.
            NotReadyError: if the batcher is closing.
        """
        if self._closing:
            raise NotReadyError("the service is shutting down")
        if not sequences:
            return []
        call, now = current_call(), time.monotonic()
        tokens = sum(map(len, sequences))
        with self._lock:
            rate = self._throughput.tokens_per_s
            lane = self._admission.check(call, tokens, self._lines, running=self._running_tokens, rate=rate, now=now)
            items = [
                Waiting(sequence, lane, land, since=now, number=self._arrivals + row)
                for row, (sequence, land) in enumerate(zip(sequences, lands, strict=True))
            ]
            self._lines[lane].add(items)
        self._arrivals += len(items)
        self._start_batches()
        return items

    def withdraw(self, item: Waiting) -> None:
        """Give up a sequence: it isn't encoded if its batch hasn't begun, and nobody is told of its vector."""
        with self._lock:
            waited = item.state == "waiting"
            if waited:
                self._lines[item.lane].withdraw(item)
            item.state = "gone"
        if waited:
            self._telemetry.dropped(1)
            self._show()

    def hurry(self, item: Waiting) -> None:
        """Let a sequence of the bulk line wait in the interactive one: somebody there wants it too."""
        with self._lock:
            self._lines.hurry(item)
        self._start_batches()

    async def close(self) -> None:
        """Finish what was admitted, refuse what comes."""
        self._closing = True
        await self._idle.wait()
        for executor in self._executors.values():
            executor.shutdown()

    def _start_batches(self) -> None:
        """Wake as many workers as there is work for."""
        loop = asyncio.get_running_loop()
        with self._lock:
            batches = list(iter(self._next, None))
        for batch in batches:
            self._executors[batch.worker].submit(self._work, batch, loop)
        self._show()

    def _next(self) -> _Batch | None:
        """The batch whose turn it is, if a worker is free for it; to be called under the lock."""
        lane, now = self._lines.turn(), time.monotonic()
        if lane is None:
            return None
        interactive_waits = self._lines["interactive"].sequences > 0
        # A bulk batch whose turn has come before interactive ones runs as they do: it mustn't give way again.
        worker: Lane = "interactive" if interactive_waits else "bulk"
        busy = self._running[worker] if worker == "interactive" else sum(self._running.values())
        if busy >= self._workers:
            self._throughput.work_waits(now)
            return None
        items = self._lines.take(lane, self._workers - busy)
        for item in items:
            item.began = now
        tokens = sum(map(len, items))
        self._running[worker] += 1
        self._running_tokens += tokens
        self._unlanded += 1
        return _Batch(items, lane, worker, tokens, now - min(item.since for item in items))

    def _work(self, batch: _Batch | None, loop: asyncio.AbstractEventLoop) -> None:
        """In a worker's thread: batch after batch, as long as there are any for threads of this kind."""
        while batch is not None:
            outcome = self._encode([item.sequence for item in batch.items])
            done = 0 if isinstance(outcome, BaseException) else batch.tokens
            with self._lock:
                self._running[batch.worker] -= 1
                self._running_tokens -= batch.tokens
                self._throughput.batch_done(done, time.monotonic(), waiting=self._lines.tokens > 0)
                following = self._next()
            try:
                loop.call_soon_threadsafe(self._done, batch, outcome)
            except RuntimeError:  # the loop was closed: nobody waits any more
                return
            if following is not None and following.worker != batch.worker:
                self._executors[following.worker].submit(self._work, following, loop)
                following = None
            batch = following

    def _encode(self, sequences: Sequence[Sequence[int]]) -> Outcome:
        started = time.perf_counter()
        try:
            vectors = self._encoder.encode(sequences)
            if len(vectors) != len(sequences):
                raise ValueError(f"{len(vectors)} vectors for {len(sequences)} sequences")
        except BaseException as error:  # whatever a runtime raises must reach the callers that wait
            return error
        return vectors, time.perf_counter() - started

    def _done(self, batch: _Batch, outcome: Outcome) -> None:
        """Back in the event loop: answer those who wait."""
        with self._lock:
            self._unlanded -= 1
        try:
            self._answer(batch, outcome)
        finally:
            self._show()

    def _answer(self, batch: _Batch, outcome: Outcome) -> None:
        self._telemetry.waited(batch.lane, batch.waited_s)
        if isinstance(outcome, BaseException):
            logger.error("encoder failed on a batch of %d: %s", len(batch.items), type(outcome).__name__)
            error = EncodingError("the encoder failed")
            error.__cause__ = outcome
            for item in batch.items:
                self._land(item, error)
        else:
            vectors, seconds = outcome
            self._telemetry.batch(sequences=len(vectors), tokens=batch.tokens, padded=batch.padded, seconds=seconds)
            for item, vector in zip(batch.items, vectors, strict=True):
                self._land(item, vector)

    @staticmethod
    def _land(item: Waiting, outcome: Vector | ServiceError) -> None:
        if item.state == "running":
            item.land(outcome)

    def _show(self) -> None:
        """Tell the metrics what waits, and whoever closes whether anything is left."""
        with self._lock:
            waiting = {lane: (self._lines[lane].sequences, self._lines[lane].tokens) for lane in LANES}
            idle = not self._unlanded and not self._lines.tokens
        for lane, (sequences, tokens) in waiting.items():
            self._telemetry.queue(lane, sequences, tokens)
        if idle:
            self._idle.set()
        else:
            self._idle.clear()


def _give_way() -> None:
    """Let this thread work only when others don't. Only Linux has it by thread; elsewhere it would be the process."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # Who runs the whole service at a lower priority still may not raise it.
        os.setpriority(os.PRIO_PROCESS, thread, max(BULK_NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))
