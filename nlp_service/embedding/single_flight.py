"""A text that several callers want at the same time is encoded once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Encoder
from nlp_service.embedding.batching.batcher import Batcher
from nlp_service.errors import EncodingError, ServiceError

Vector = NDArray[np.float32]


@dataclass(slots=True)
class _Flight:
    """A text on its way. It goes on while anybody waits for it, whoever asked first."""

    landing: asyncio.Future[Vector]
    waiters: int = 0


class SingleFlight:
    """Tokenises and queues texts that aren't on their way already."""

    def __init__(self, encoder: Encoder, batcher: Batcher) -> None:
        self._encoder = encoder
        self._batcher = batcher
        self._flights: dict[str, _Flight] = {}
        self._launches: set[asyncio.Task[None]] = set()

    async def encode(self, texts: Mapping[str, str]) -> dict[str, Vector]:
        """The vector of each prepared text, under the key it was given with.

        Raises:
            OverloadedError, NotReadyError, EncodingError: as `Batcher.submit`.
        """
        if not texts:
            return {}
        flights = self._board(texts)
        try:
            done, _ = await asyncio.wait(
                [flight.landing for flight in flights.values()], return_when=asyncio.FIRST_EXCEPTION
            )
            for landing in done:
                landing.result()  # raises: one failure answers the whole request, at once
            return {key: flight.landing.result() for key, flight in flights.items()}
        finally:
            for key, flight in flights.items():
                self._leave(key, flight)

    def _board(self, texts: Mapping[str, str]) -> dict[str, _Flight]:
        loop = asyncio.get_running_loop()
        new = {key: _Flight(loop.create_future()) for key in texts if key not in self._flights}
        self._flights |= new
        flights = {key: self._flights[key] for key in texts}
        for flight in flights.values():
            flight.waiters += 1
        if new:
            launch = loop.create_task(self._launch({texts[key]: flight.landing for key, flight in new.items()}))
            self._launches.add(launch)
            launch.add_done_callback(self._launches.discard)
        return flights

    async def _launch(self, landings: Mapping[str, asyncio.Future[Vector]]) -> None:
        try:
            sequences = await asyncio.to_thread(self._encoder.tokenize, list(landings))
            wanted = [pair for pair in zip(landings.values(), sequences, strict=True) if not pair[0].cancelled()]
            encoded = self._batcher.submit([sequence for _, sequence in wanted])
        except Exception as cause:  # whatever a tokenizer raises must reach those who wait
            error = cause if isinstance(cause, ServiceError) else EncodingError("the tokenizer failed")
            for landing in landings.values():
                if not landing.done():
                    landing.set_exception(error)
            return
        for (landing, _), future in zip(wanted, encoded, strict=True):
            _connect(landing, future)

    def _leave(self, key: str, flight: _Flight) -> None:
        flight.waiters -= 1
        if flight.waiters:
            return
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.landing.cancel() and not flight.landing.cancelled():
            flight.landing.exception()  # marks it as seen: another text's error may have been the one raised


def _connect(landing: asyncio.Future[Vector], encoded: asyncio.Future[Vector]) -> None:
    """Land what was encoded; take a cancelled landing's text out of the queue."""

    def land(done: asyncio.Future[Vector]) -> None:
        if done.cancelled():
            return
        error = done.exception()  # asked even if nobody waits any more: asyncio reports errors that nobody saw
        if landing.done():
            return
        if error is None:
            landing.set_result(done.result())
        else:
            landing.set_exception(error)

    def abandon(done: asyncio.Future[Vector]) -> None:
        if done.cancelled():
            encoded.cancel()

    encoded.add_done_callback(land)
    landing.add_done_callback(abandon)
