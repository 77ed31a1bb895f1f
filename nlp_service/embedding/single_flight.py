"""A text that several callers want at the same time is encoded once."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from nlp_service.contracts import Vector
from nlp_service.embedding.batching.batcher import Batcher
from nlp_service.embedding.batching.lines import Waiting
from nlp_service.errors import ServiceError
from nlp_service.telemetry import Telemetry

LINGER_S = 0.5
"""Time a landed text is remembered here: whoever looked for it in a cache just before it got there finds it still."""


class _Wait:
    """One caller, until the last of its texts has landed or the first has failed."""

    def __init__(self, flights: int) -> None:
        self._left = flights
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not flights:
            self.over.set_result(None)

    def landed(self, outcome: Vector | ServiceError) -> None:
        self._left -= 1
        if self.over.done():
            return
        if isinstance(outcome, ServiceError):
            self.over.set_exception(outcome)
        elif not self._left:
            self.over.set_result(None)


@dataclass(slots=True, eq=False)
class _Flight:
    """A text on its way. It goes on while anybody waits for it, whoever asked first.

    Attributes:
        waiting: its place in the queue until it has landed or is left; kept longer, the two would hold each other.
        began: when its batch began, by `time.monotonic`; known when it has landed.
    """

    waiting: Waiting | None = None
    waits: list[_Wait] = field(default_factory=list)
    vector: Vector | None = None
    began: float = 0.0


class SingleFlight:
    """Queues texts that aren't on their way already."""

    def __init__(self, batcher: Batcher, telemetry: Telemetry) -> None:
        self._batcher = batcher
        self._telemetry = telemetry
        self._flights: dict[str, _Flight] = {}
        self._landed: deque[tuple[float, str]] = deque()

    async def encode(self, sequences: Mapping[str, Sequence[int]], landed: dict[str, Vector]) -> None:
        """Encode tokenised texts.

        Args:
            landed: gets their vectors, under the keys they were given with; if the call is cancelled or fails, those of
                the texts that have landed by then.

        Raises:
            OverloadedError, TooMuchWorkError, NotReadyError, EncodingError: as `Batcher.submit`. One text that fails
                ends the whole call, at once.
        """
        if not sequences:
            return
        boarded = time.monotonic()
        self._forget(boarded - LINGER_S)
        shared = [self._flights[key].waiting for key in sequences if key in self._flights]
        self._launch({key: sequence for key, sequence in sequences.items() if key not in self._flights})
        self._batcher.hurry([waiting for waiting in shared if waiting], tokens=sum(map(len, sequences.values())))
        flights = {key: self._flights[key] for key in sequences}
        wait = _Wait(sum(flight.vector is None for flight in flights.values()))
        for flight in flights.values():
            flight.waits.append(wait)
        try:
            await wait.over
            self._measure(flights, boarded)
        finally:
            landed |= {key: flight.vector for key, flight in flights.items() if flight.vector is not None}
            self._leave(flights, wait)
            del flights, wait  # an error that leads here would through them hold itself

    def _launch(self, sequences: Mapping[str, Sequence[int]]) -> None:
        new = {key: _Flight() for key in sequences}
        queued = self._batcher.submit(
            list(sequences.values()), [partial(self._land, key, flight) for key, flight in new.items()]
        )
        for flight, waiting in zip(new.values(), queued, strict=True):
            flight.waiting = waiting
        self._flights |= new

    def _forget(self, until: float) -> None:
        """Forget what landed before this time."""
        while self._landed and self._landed[0][0] < until:
            del self._flights[self._landed.popleft()[1]]

    def _land(self, key: str, flight: _Flight, outcome: Vector | ServiceError) -> None:
        if flight.waiting is not None:
            flight.began, flight.waiting = flight.waiting.began, None
        if isinstance(outcome, ServiceError):
            del self._flights[key]
        else:
            flight.vector = outcome
            self._landed.append((time.monotonic(), key))
        for wait in flight.waits:
            wait.landed(outcome)

    def _leave(self, flights: Mapping[str, _Flight], wait: _Wait) -> None:
        left = []
        for key, flight in flights.items():
            flight.waits.remove(wait)
            if not flight.waits and flight.vector is None and self._flights.get(key) is flight:
                del self._flights[key]
                if flight.waiting is not None:
                    left.append(flight.waiting)
                    flight.waiting = None
        self._batcher.withdraw(left)

    def _measure(self, flights: Mapping[str, _Flight], boarded: float) -> None:
        """All have landed. What the caller waited for until the last batch began was the queue."""
        began = max(flight.began for flight in flights.values())
        queued = max(began - boarded, 0.0)
        self._telemetry.took("queue", queued)
        self._telemetry.took("encode", time.monotonic() - boarded - queued)
