"""Vectors in Redis, shared by replicas and kept over restarts."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from nlp_service.embedding.cache.circuit import Circuit
from nlp_service.embedding.cache.packing import pack, unpack
from nlp_service.embedding.cache.redis_address import CONNECT_S, RedisAddress
from nlp_service.embedding.cache.redis_link import TICKS, LateError, RedisLink, RefusedError, Replies, pack_command
from nlp_service.telemetry import Telemetry

LOOKUPS = "redis"
WRITES = "redis_writes"
"""What they are called in the log and in the metrics."""
PROBE_KEY = "nlp-service:probe"
PROBE_TTL_S = 60
GATHER_S = 0.02
"""Time that vectors to be written wait for others to be sent with."""
WAITING_BYTES = 16 * 2**20
"""Room for vectors that wait to be written; some 10 000 of 384 dimensions."""
PIPELINE = 64
"""Vectors written at once; more would hold up the look-ups that share the connection."""
CLOSE_S = 1.0

Failure = (OSError, RefusedError)


class RedisCache:
    """Vectors under their keys as `packing` has them, each with a time to live.

    Redis being absent, slow, full or killed is a miss and a count in the metrics. Only look-ups that were under way by
    then wait, for at most one timeout; those that follow don't touch Redis until the late answer comes or, after a
    failure, a probe in the background finds that it works (`circuit.Circuit`). A Redis that refuses to store, because
    it is full, say, is read on: writes have a circuit of their own.

    Args:
        timeout_s: see `RedisLink`; also the time that a request waits for the first connection.
        pause_s: time before the first probe.
        chance: see `Circuit`.

    Raises:
        ConfigurationError: if the URL can't be understood (an unreachable server is no error).
    """

    def __init__(
        self,
        url: str,
        *,
        dimension: int,
        timeout_s: float,
        ttl_s: int,
        pause_s: float,
        telemetry: Telemetry,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._address = RedisAddress.parse(url)
        self._dimension = dimension
        self._timeout_s = timeout_s
        self._ttl_s = ttl_s
        self._telemetry = telemetry
        self._lookups, self._writes = (
            Circuit(name, probe, pause_s=pause_s, resting=partial(telemetry.cache_resting, name), chance=chance)
            for name, probe in ((LOOKUPS, self._probe_lookups), (WRITES, self._probe_writes))
        )
        self._link: RedisLink | None = None
        self._connecting: asyncio.Task[RedisLink] | None = None
        self._waiting: dict[str, NDArray[np.float32]] = {}
        self._writer: asyncio.Task[None] | None = None
        self._closing = False

    async def get_many(self, keys: Sequence[str]) -> list[NDArray[np.float32] | None]:
        if not keys or not self._may_ask():
            return [None] * len(keys)
        try:
            vectors = unpack(await self._mget(keys, self._timeout_s), self._dimension)
        except Failure as error:
            self._telemetry.cache_failure(LOOKUPS)
            self._leave_alone(error)
            return [None] * len(keys)
        misses = sum(vector is None for vector in vectors)
        self._telemetry.cache_lookups(LOOKUPS, hits=len(vectors) - misses, misses=misses)
        return vectors

    async def set_many(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Have them written and return: no answer waits for it. What finds no room among those waiting is dropped."""
        if not vectors or not self._may_write():
            return
        room = WAITING_BYTES // (self._dimension * 4) - len(self._waiting)
        if len(vectors) > room:
            self._telemetry.cache_failure(WRITES)
        self._waiting |= islice(vectors.items(), max(room, 0))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())

    async def close(self) -> None:
        """Write what waits, as far as that goes in `CLOSE_S`."""
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=CLOSE_S)
        self._closing = True
        tasks = [task for task in (self._writer, self._connecting) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, self._lookups.stop(), self._writes.stop(), return_exceptions=True)
        if self._link is not None:
            self._link.close()
        await asyncio.sleep(0)  # lets the transport close

    async def _write_all(self) -> None:
        await asyncio.sleep(GATHER_S)
        while self._waiting and self._may_write():
            some = dict(islice(self._waiting.items(), PIPELINE))
            for key in some:
                del self._waiting[key]
            values = dict(zip(some, pack(list(some.values())), strict=True))
            try:
                await self._set(values, self._ttl_s, self._timeout_s)
            except RefusedError as error:
                self._telemetry.cache_failure(WRITES)
                self._writes.fail(str(error))
            except OSError as error:
                self._telemetry.cache_failure(WRITES)
                self._leave_alone(error)
        self._waiting.clear()

    def _may_ask(self) -> bool:
        late = self._link is not None and self._link.late
        return self._lookups.closed and not late and not self._closing

    def _may_write(self) -> bool:
        return self._may_ask() and self._writes.closed

    def _leave_alone(self, error: Exception) -> None:
        """Open the circuit; whoever waits gets an error at once. A late answer is only waited for, by the link."""
        if isinstance(error, LateError) or self._closing:
            return
        self._lookups.fail(str(error) if isinstance(error, RefusedError) else type(error).__name__)
        if self._link is not None:
            self._link.close()

    async def _probe_lookups(self) -> None:
        await self._mget([PROBE_KEY], CONNECT_S)

    async def _probe_writes(self) -> None:
        if not self._lookups.closed:
            raise ConnectionError("not even look-ups work")
        await self._set({PROBE_KEY: b""}, PROBE_TTL_S, CONNECT_S)

    async def _mget(self, keys: Sequence[str], connect_s: float) -> Replies:
        link = await self._connected(connect_s)
        (values,) = await link.ask(pack_command(("MGET", *keys)), commands=1, values=len(keys))
        if isinstance(values, Exception):
            raise RefusedError(values)
        if not isinstance(values, list) or len(values) != len(keys):
            raise ConnectionError("what answers isn't Redis")
        return values

    async def _set(self, values: Mapping[str, bytes], ttl_s: int, connect_s: float) -> None:
        packed = b"".join([pack_command(("SET", key, value, "EX", ttl_s)) for key, value in values.items()])
        link = await self._connected(connect_s)
        replies = await link.ask(packed, commands=len(values), values=len(values))
        for reply in replies:
            if isinstance(reply, Exception):
                raise RefusedError(reply)

    async def _connected(self, patience_s: float) -> RedisLink:
        """The connection; where there is none yet, or Redis has ended it, one attempt for all who want it."""
        if self._link is not None and not self._link.closed:
            return self._link
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._address.connect(self._timeout_s, self._leave_alone))
            self._connecting.add_done_callback(self._take_link)
        attempt = self._connecting
        for _ in range(TICKS):  # so that a loop that was held up isn't taken for a slow Redis
            if not attempt.done():
                await asyncio.wait([attempt], timeout=patience_s / TICKS)
        if not attempt.done():
            raise TimeoutError("no connection in time")
        if attempt.cancelled():
            raise ConnectionAbortedError("closed")
        return attempt.result()

    def _take_link(self, connecting: asyncio.Task[RedisLink]) -> None:
        """Keep the connection; and take note of an error, as there may be nobody left who waits for it."""
        if not connecting.cancelled() and connecting.exception() is None:
            self._link = connecting.result()
