"""The queue in front of the encoder: sequences of all requests wait here and leave in length-sorted batches."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Encoder, Vectors
from nlp_service.embedding.batching.policy import plan
from nlp_service.errors import EncodingError, NotReadyError, OverloadedError
from nlp_service.telemetry import Telemetry

logger = logging.getLogger(__name__)

WINDOW_BATCHES = 8
"""How many batches' worth of waiting sequences, oldest first, are sorted together. More means less padding; fewer means
that a newcomer waits for less."""
ASSUMED_TOKENS_PER_S = 1000.0
"""Encoder speed assumed for Retry-After until a batch has been timed; low, so that the first advice isn't too early."""


@dataclass(slots=True)
class _Waiting:
    sequence: Sequence[int]
    future: asyncio.Future[NDArray[np.float32]]


class Batcher:
    """Encodes sequences in batches on one worker thread; work-conserving: it never waits for a batch to fill.

    All of a request's sequences are admitted or none. Every caller is answered: with vectors, or with the error of the
    batch that failed. Sequences whose callers have gone are dropped before they cost anything.
    """

    def __init__(self, encoder: Encoder, *, batch_tokens: int, queue_tokens: int, telemetry: Telemetry) -> None:
        self._encoder = encoder
        self._batch_tokens = batch_tokens
        self._queue_tokens = queue_tokens
        self._telemetry = telemetry
        self._queue: deque[_Waiting] = deque()
        self._queued_tokens = 0
        self._arrival = asyncio.Event()
        self._tokens_per_s = ASSUMED_TOKENS_PER_S
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._closing = False
        self._worker: asyncio.Task[None] | None = None

    def submit(self, sequences: Sequence[Sequence[int]]) -> list[asyncio.Future[NDArray[np.float32]]]:
        """Queue sequences; each future brings its sequence's vector, or EncodingError if the encoder failed on it.

        Cancelling a future before its batch has begun saves the work.

        Raises:
            OverloadedError: if the queue has no room for these sequences. A request larger than the whole queue is
                admitted when nothing else waits.
            NotReadyError: if the batcher is closing.
        """
        if self._closing:
            raise NotReadyError("the service is shutting down")
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        tokens = sum(map(len, sequences))
        if self._queued_tokens and self._queued_tokens + tokens > self._queue_tokens:
            raise OverloadedError(self._queued_tokens / self._tokens_per_s)
        loop = asyncio.get_running_loop()
        waiting = [_Waiting(sequence, loop.create_future()) for sequence in sequences]
        self._queue.extend(waiting)
        self._count(tokens)
        self._arrival.set()
        return [item.future for item in waiting]

    async def close(self) -> None:
        """Finish what was admitted, refuse what comes."""
        self._closing = True
        self._arrival.set()
        if self._worker is not None:
            await self._worker
        self._executor.shutdown()

    async def _work(self) -> None:
        while self._queue or not self._closing:
            window = self._take_window()
            if not window:
                self._arrival.clear()
                if not self._closing:
                    await self._arrival.wait()
                continue
            for positions in plan([len(item.sequence) for item in window], self._batch_tokens):
                await self._run([window[position] for position in positions])

    def _take_window(self) -> list[_Waiting]:
        """The oldest waiting sequences, without those whose callers have gone."""
        window: list[_Waiting] = []
        tokens = 0
        while self._queue and tokens < WINDOW_BATCHES * self._batch_tokens:
            item = self._queue.popleft()
            if item.future.cancelled():
                self._count(-len(item.sequence))
            else:
                window.append(item)
                tokens += len(item.sequence)
        return window

    async def _run(self, batch: list[_Waiting]) -> None:
        tokens = sum(len(item.sequence) for item in batch)
        live = [item for item in batch if not item.future.cancelled()]
        try:
            if live:
                self._answer(live, await self._encode([item.sequence for item in live]))
        finally:
            self._count(-tokens)

    async def _encode(self, sequences: list[Sequence[int]]) -> Vectors | EncodingError:
        padded = max(map(len, sequences)) * len(sequences)
        self._telemetry.batch(sequences=len(sequences), tokens=sum(map(len, sequences)), padded=padded)
        started = time.perf_counter()
        try:
            vectors = await asyncio.get_running_loop().run_in_executor(self._executor, self._encoder.encode, sequences)
            if len(vectors) != len(sequences):
                raise ValueError(f"{len(vectors)} vectors for {len(sequences)} sequences")
        except Exception as cause:
            # Whatever a runtime raises must reach the callers that wait, not end the worker.
            logger.error("encoder failed on a batch of %d: %s", len(sequences), type(cause).__name__)
            error = EncodingError("the encoder failed")
            error.__cause__ = cause
            return error
        rate = padded / max(time.perf_counter() - started, 1e-6)
        self._tokens_per_s = 0.9 * self._tokens_per_s + 0.1 * rate
        return vectors

    @staticmethod
    def _answer(batch: list[_Waiting], outcome: Vectors | EncodingError) -> None:
        for position, item in enumerate(batch):
            if item.future.done():
                continue
            if isinstance(outcome, EncodingError):
                item.future.set_exception(outcome)
            else:
                item.future.set_result(outcome[position])

    def _count(self, tokens: int) -> None:
        self._queued_tokens += tokens
        self._telemetry.queue_tokens(self._queued_tokens)
