"""Vectors in Redis, shared by replicas and kept over restarts."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from redis.asyncio import ConnectionPool
from redis.exceptions import InvalidResponse, RedisError

from nlp_service.embedding.cache.circuit import Circuit
from nlp_service.embedding.cache.packing import pack, unpack
from nlp_service.embedding.cache.redis_connection import (
    PATIENCE_S,
    Failure,
    SharedConnection,
    losses_as_failures,
    pack_command,
)
from nlp_service.errors import ConfigurationError
from nlp_service.telemetry import Telemetry

LOOKUPS = "redis"
WRITES = "redis_writes"
"""What they are called in the log and in the metrics."""
URL_TROUBLE = (
    "neither redis[s]://[[user]:password@]host[:port][/number] nor unix://path, with options that redis-py knows; "
    "/ ? # @ in a password are written %2F %3F %23 %40"
)
PROBE_KEY = "nlp-service:probe"
PROBE_TTL_S = 60
VALUE_S = 50e-6
"""Time more that a look-up may take for each value it asks for: 1.5 kB at 250 Mbit/s."""
TURNS = 4
"""Turns of the event loop before an answer is called late: one that came while the loop was held up is read in them."""
GATHER_S = 0.02
"""Time that vectors to be written wait for others to be sent with."""
WAITING_BYTES = 16 * 2**20
"""Room for vectors that wait to be written; some 10 000 of 384 dimensions."""
PIPELINE = 64
"""Vectors written at once; more would hold up the event loop."""


class RedisCache:
    """Vectors under their keys as `packing` has them, each with a time to live.

    Redis being absent, slow, full or killed is a miss and a count in the metrics. Only look-ups that were under way by
    then wait, for at most one timeout; those that follow don't touch Redis until a probe in the background finds that
    it works (`circuit.Circuit`), behind a late answer if there is one. A Redis that refuses to store, because it is
    full, say, is read on: writes have a circuit and a connection of their own.

    Args:
        timeout_s: time that a look-up may take before it counts as a miss, the first one's connecting included.
        pause_s: time before the first probe.

    Raises:
        ConfigurationError: if the URL can't be understood (an unreachable server is no error).
    """

    def __init__(
        self, url: str, *, dimension: int, timeout_s: float, ttl_s: int, pause_s: float, telemetry: Telemetry
    ) -> None:
        try:
            self._pool = ConnectionPool.from_url(url, protocol=2)
            self._pool.connection_kwargs.update(socket_timeout=None, socket_connect_timeout=None)  # timed here instead
            self._writing = self._pool.make_connection()  # type: ignore[no-untyped-call] # not annotated there
        except (ValueError, TypeError, RedisError):  # whose message may repeat a part of the password
            raise ConfigurationError(f"Redis URL: {URL_TROUBLE}") from None
        self._dimension = dimension
        self._timeout_s = timeout_s
        self._ttl_s = ttl_s
        self._telemetry = telemetry
        self._lookups, self._writes = (
            Circuit(name, probe, pause_s=pause_s, resting=partial(telemetry.cache_resting, name, cache=id(self)))
            for name, probe in ((LOOKUPS, self._probe_lookups), (WRITES, self._probe_writes))
        )
        self._reading: SharedConnection | None = None
        self._waiting: dict[str, NDArray[np.float32]] = {}
        self._writer: asyncio.Task[None] | None = None
        self._closing = False

    async def get_many(self, keys: Sequence[str]) -> list[NDArray[np.float32] | None]:
        if not keys or not self._lookups.closed or self._closing:
            return [None] * len(keys)
        try:
            values = await self._mget(keys, self._timeout_s + len(keys) * VALUE_S)
        except Failure as error:
            self._telemetry.cache_failure(LOOKUPS)
            if not self._closing:
                self._lookups.fail(_kind(error), quietly=isinstance(error, TimeoutError))
            return [None] * len(keys)
        vectors = unpack(values, self._dimension)
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
        """Write what waits, as far as that goes in `PATIENCE_S`."""
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=PATIENCE_S)
        self._closing = True
        tasks = [] if self._reading is None else [self._reading.close()]
        if self._writer is not None:
            self._writer.cancel()
            tasks.append(self._writer)
        await asyncio.gather(*tasks, self._lookups.stop(), self._writes.stop(), return_exceptions=True)
        await self._writing.disconnect(nowait=True)
        await asyncio.sleep(0)  # lets the transports close

    def _may_write(self) -> bool:
        return self._lookups.closed and self._writes.closed and not self._closing

    async def _mget(self, keys: Sequence[str], patience_s: float) -> list[Any]:
        deadline = asyncio.get_running_loop().time() + patience_s
        if self._reading is None or self._reading.closed:
            self._reading = SharedConnection(self._pool.make_connection())  # type: ignore[no-untyped-call]
        reading = self._reading
        await _in_time(reading.ready, deadline)
        async with asyncio.timeout_at(deadline):
            answer = await reading.ask("MGET", *keys)
        values = await _in_time(answer, deadline)
        if not isinstance(values, list) or len(values) != len(keys):
            raise InvalidResponse
        return values

    async def _probe_lookups(self) -> None:
        try:
            await self._mget([PROBE_KEY], PATIENCE_S)
        except Failure:
            if self._reading is not None:
                self._reading.close()
            raise

    async def _probe_writes(self) -> None:
        if not self._lookups.closed:
            raise ConnectionError("not even look-ups work")
        await self._set({PROBE_KEY: b""}, PROBE_TTL_S)

    async def _write_all(self) -> None:
        await asyncio.sleep(GATHER_S)
        while self._waiting and self._may_write():
            some = dict(islice(self._waiting.items(), PIPELINE))
            for key in some:
                del self._waiting[key]
            try:
                await self._set(dict(zip(some, pack(list(some.values())), strict=True)), self._ttl_s)
            except Failure as error:
                self._telemetry.cache_failure(WRITES)
                if self._lookups.closed:  # else it is no matter of writes alone
                    self._writes.fail(_kind(error))
        self._waiting.clear()

    async def _set(self, values: Mapping[str, bytes], ttl_s: int) -> None:
        commands = [pack_command(("SET", key, value, "EX", ttl_s)) for key, value in values.items()]
        try:
            with losses_as_failures():
                async with asyncio.timeout(PATIENCE_S):
                    await self._pool.ensure_connection(self._writing)
                    await self._writing.send_packed_command(b"".join(commands), check_health=False)
                    for _ in commands:
                        await self._writing.read_response()
        except BaseException:
            await self._writing.disconnect(nowait=True)
            raise


async def _in_time(awaited: asyncio.Future[Any], deadline: float) -> Any:
    """Its outcome, raised if that is an error; a TimeoutError if it isn't there by the deadline."""
    if not awaited.done():
        await asyncio.wait([awaited], timeout=deadline - asyncio.get_running_loop().time())
    for _ in range(TURNS):
        if not awaited.done():
            await asyncio.sleep(0)
    outcome = awaited.result() if awaited.done() else TimeoutError()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _kind(error: Exception) -> str:
    """What went wrong, without the message: that may repeat keys."""
    cause = error.__context__
    return type(cause if isinstance(cause, OSError) else error).__name__
