"""Encoders that watch, wait and fail on command."""

import asyncio
import threading

import numpy as np
import pytest

from nlp_service.embedding.batching.batcher import Batcher
from nlp_service.embedding.encoder.fake import FakeEncoder
from nlp_service.errors import ServiceError


class WatchedEncoder(FakeEncoder):
    """The fake encoder; it remembers its batches, waits at a gate, and fails on batches with a poisoned sequence.

    Attributes:
        batches: the batches encoded so far, in order.
        poison: sequences that make a batch fail.
        gate: `encode` waits until it is open.
        entered: set as soon as a batch has reached the encoder.
    """

    def __init__(self, dimension=8, max_tokens=512):
        super().__init__(dimension, max_tokens)
        self.batches = []
        self.poison = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    @property
    def encoded(self):
        return [sequence for batch in self.batches for sequence in batch]

    def encode(self, sequences):
        self.batches.append([list(sequence) for sequence in sequences])
        self.entered.set()
        assert self.gate.wait(30), "the test left the gate closed"
        if any(list(sequence) in self.poison for sequence in sequences):
            raise RuntimeError("a runtime's own error")
        return super().encode(sequences)

    def expected(self, sequence):
        """The vector that this sequence must get."""
        return FakeEncoder.encode(self, [sequence])[0]


@pytest.fixture
def encoder():
    encoder = WatchedEncoder()
    yield encoder
    encoder.gate.set()


@pytest.fixture
def make_batcher(encoder, telemetry):
    """Builds a batcher on `encoder`. Call it inside the event loop, and close it there."""

    def make(batch_tokens=64, queue_tokens=1000, workers=1):
        return Batcher(
            encoder, workers=workers, batch_tokens=batch_tokens, queue_tokens=queue_tokens, telemetry=telemetry
        )

    return make


@pytest.fixture
def queue():
    """Submits sequences to a batcher: a future for each, with its vector or its error; cancelling one withdraws it."""

    def submit(batcher, sequences):
        futures = [asyncio.get_running_loop().create_future() for _ in sequences]
        waiting = batcher.submit(sequences, [_landing(future) for future in futures])
        for item, future in zip(waiting, futures, strict=True):
            future.add_done_callback(lambda done, item=item: batcher.withdraw([item]) if done.cancelled() else None)
        return futures

    return submit


def _landing(future):
    def land(outcome):
        if not future.done():
            future.set_exception(outcome) if isinstance(outcome, ServiceError) else future.set_result(outcome)

    return land


@pytest.fixture
def same():
    """Whether two vectors are the same, number for number."""
    return np.array_equal
