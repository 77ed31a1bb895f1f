"""The queue in front of the encoder: sequences of all requests wait here and leave in batches of similar length."""

import asyncio
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

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
RESERVED_S = 1.0
"""After an interactive batch has begun, bulk work leaves one worker free for more of it: it would else find all in the
middle of a batch, and the CPUs' caches full of it."""

Land = Callable[[Vector | ServiceError], None]


@dataclass(frozen=True, slots=True)
class _Batch:
    items: Sequence[Waiting]
    executor: Lane
    tokens: int
    padded: int


class Batcher:
    """Encodes sequences in batches on worker threads; work-conserving: it never waits for a batch to fill.

    All of a request's sequences are admitted or none. Every caller is answered: with vectors, or with the error of the
    batch that failed. Sequences whose callers have gone are dropped before they cost anything.

    There are `workers` threads for interactive work and as many for bulk work. Bulk batches begin only on workers that
    interactive work leaves idle, or when it is their turn, and give way to interactive batches that come meanwhile; one
    worker stays free for a while after interactive work.

    All methods must be called in the event loop's thread.
    """

    def __init__(
        self, encoder: Encoder, *, workers: int = 1, batch_tokens: int, queue_tokens: int, telemetry: Telemetry
    ) -> None:
        self._encoder = encoder
        self._workers = workers
        self._batch_tokens = batch_tokens
        self._telemetry = telemetry
        self._lines = Lines(batch_tokens)
        self._admission = Admission(batch_tokens=batch_tokens, queue_tokens=queue_tokens, telemetry=telemetry)
        self._throughput = Throughput(ASSUMED_TOKENS_PER_S)
        self._executors: dict[Lane, ThreadPoolExecutor] = {
            "interactive": ThreadPoolExecutor(workers, thread_name_prefix="encoder"),
            "bulk": ThreadPoolExecutor(workers, thread_name_prefix="encoder-bulk", initializer=_give_way),
        }
        self._running: dict[Lane, int] = dict.fromkeys(LANES, 0)
        self._running_tokens = 0
        self._interactive_at = -math.inf
        self._arrivals = 0
        self._closing = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def warm_up(self) -> None:
        """Encode a full batch on every thread: its memory is there, and the first promise rests on a measurement.

        Raises:
            RuntimeError: if not all threads can be started.
        """
        length = min(self._encoder.info.max_tokens, 16)
        (token, *_), *_ = self._encoder.tokenize(["一"])
        batch = [[token] * length] * max(1, self._batch_tokens // length)
        await asyncio.to_thread(self._encoder.encode, batch)
        await self._on_all_threads("bulk", batch)
        seconds = await self._on_all_threads("interactive", batch)
        self._throughput = Throughput(self._workers * len(batch) * length / seconds)

    def expect(self, tokens: int) -> None:
        """Refuse the current call, if about so many tokens would find no place, before they are made.

        Raises:
            OverloadedError: as `submit`.
            NotReadyError: if the batcher is closing.
        """
        if self._closing:
            raise NotReadyError("the service is shutting down")
        self._admission.expect(
            current_call(),
            tokens,
            self._lines,
            running=self._running_tokens,
            rate=self._throughput.tokens_per_s,
            now=time.monotonic(),
        )

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
        lane = self._admission.check(
            call,
            tokens,
            self._lines,
            running=self._running_tokens,
            rate=self._throughput.tokens_per_s,
            floor=self._throughput.floor,
            now=now,
        )
        items = [
            Waiting(sequence, lane, land, since=now, number=self._arrivals + row)
            for row, (sequence, land) in enumerate(zip(sequences, lands, strict=True))
        ]
        self._arrivals += len(items)
        self._lines[lane].add(items)
        self._start_batches()
        return items

    def withdraw(self, items: Iterable[Waiting]) -> None:
        """Give up sequences: those whose batches haven't begun aren't encoded, and nobody is told of their vectors."""
        dropped = 0
        for item in items:
            if item.state == "waiting":
                self._lines[item.lane].withdraw(item)
                dropped += 1
            item.state = "gone"
        if dropped:
            self._telemetry.dropped(dropped)
            self._show_queue()

    def hurry(self, items: Iterable[Waiting], *, tokens: int) -> None:
        """Let sequences of the bulk lane wait in the interactive one, all or none: the current call wants them too.

        Args:
            tokens: what the call wants in all. It must be one that waits in the interactive lane, with room there.
        """
        behind = [item for item in items if item.state == "waiting" and item.lane == "bulk"]
        if behind and self._admission.may_hurry(current_call(), tokens, self._lines):
            self._lines.hurry(behind)
            self._start_batches()

    async def close(self) -> None:
        """Finish what was admitted, refuse what comes."""
        self._closing = True
        await self._idle.wait()
        for executor in self._executors.values():
            executor.shutdown()

    async def _on_all_threads(self, lane: Lane, batch: Sequence[Sequence[int]]) -> float:
        """Encode the batch once on each of a lane's threads: the seconds it took."""
        started, loop = time.monotonic(), asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.run_in_executor(self._executors[lane], self._encoder.encode, batch) for _ in range(self._workers))
        )
        return max(time.monotonic() - started, 1e-6)

    def _start_batches(self) -> None:
        while turn := self._lines.turn(self._running, workers=self._workers, reserved=self._reserved()):
            self._start(self._lines.take(turn.lane, turn.share), turn.executor)
        if self._is_short_of_workers():
            self._throughput.work_waits(time.monotonic())
        self._show_queue()
        if any(self._running.values()):
            self._idle.clear()
        else:
            self._idle.set()

    def _reserved(self) -> int:
        """How many workers bulk work leaves free: one, if there are several, for a while after interactive work."""
        return int(self._workers > 1 and time.monotonic() - self._interactive_at < RESERVED_S)

    def _is_short_of_workers(self) -> bool:
        """Whether something waits because all are at work, and not because bulk work leaves one of them free."""
        if self._lines["interactive"].sequences:
            return True
        return self._lines["bulk"].sequences > 0 and sum(self._running.values()) >= self._workers

    def _start(self, items: list[Waiting], executor: Lane) -> None:
        now = time.monotonic()
        for item in items:
            item.began = now
        tokens = sum(map(len, items))
        batch = _Batch(items, executor, tokens, max(map(len, items)) * len(items))
        if items[0].lane == "interactive":
            self._interactive_at = now
        self._telemetry.waited(items[0].lane, now - min(item.since for item in items))
        self._running[executor] += 1
        self._running_tokens += tokens
        self._encoding(items, executor).add_done_callback(partial(self._done, batch))

    def _encoding(self, items: list[Waiting], executor: Lane) -> "asyncio.Future[tuple[Vectors, float]]":
        """What `_encode` makes of them; that no thread can be started for it is one way to fail."""
        loop = asyncio.get_running_loop()
        try:
            return loop.run_in_executor(self._executors[executor], self._encode, [item.sequence for item in items])
        except RuntimeError as error:
            failed: asyncio.Future[tuple[Vectors, float]] = loop.create_future()
            failed.set_exception(error)
            return failed

    def _encode(self, sequences: Sequence[Sequence[int]]) -> tuple[Vectors, float]:
        """In a worker's thread: the vectors, and the seconds they took."""
        started = time.perf_counter()
        vectors = self._encoder.encode(sequences)
        if len(vectors) != len(sequences):
            raise ValueError(f"{len(vectors)} vectors for {len(sequences)} sequences")
        return vectors, time.perf_counter() - started

    def _done(self, batch: _Batch, encoding: "asyncio.Future[tuple[Vectors, float]]") -> None:
        self._running[batch.executor] -= 1
        self._running_tokens -= batch.tokens
        cause = encoding.exception()
        # What the encoder could do isn't seen while bulk work leaves a part of it idle.
        waiting = self._lines["interactive"].tokens or (self._lines["bulk"].tokens and not self._reserved())
        if cause is None:
            self._throughput.batch_done(batch.tokens, time.monotonic(), waiting=waiting > 0)
        else:
            self._throughput.batch_failed(waiting=waiting > 0)
        # Before anybody is answered: an idle worker costs more than an answer that comes a little later.
        self._start_batches()
        if cause is None:
            vectors, seconds = encoding.result()
            self._telemetry.batch(sequences=len(vectors), tokens=batch.tokens, padded=batch.padded, seconds=seconds)
            for item, vector in zip(batch.items, vectors, strict=True):
                self._land(item, vector)
            return
        # Whatever a runtime raises must reach the callers that wait.
        logger.error("encoder failed on a batch of %d: %s", len(batch.items), type(cause).__name__)
        error = EncodingError("the encoder failed")
        error.__cause__ = cause
        for item in batch.items:
            self._land(item, error)

    @staticmethod
    def _land(item: Waiting, outcome: Vector | ServiceError) -> None:
        if item.state == "running":
            item.land(outcome)

    def _show_queue(self) -> None:
        for lane in LANES:
            line = self._lines[lane]
            self._telemetry.queue(lane, line.sequences, line.tokens, id(self))


def _give_way() -> None:
    """Let this thread work only when others don't. Only Linux has it by thread; elsewhere it would be the process."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):  # where even this is forbidden, bulk work is done all the same
            # Who runs the whole service at a lower priority still may not raise it.
            os.setpriority(os.PRIO_PROCESS, thread, max(BULK_NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))
