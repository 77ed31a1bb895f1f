"""Vectors in Redis, shared by replicas and kept over restarts."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from nlp_service.errors import ConfigurationError
from nlp_service.telemetry import Telemetry

logger = logging.getLogger(__name__)


class RedisCache:
    """Vectors as raw little-endian float32 under `prefix` + key, each with a time to live.

    Redis being absent, slow, full or killed is a miss and a count in the metrics. After a failure it is left alone for
    `pause_s`, so that a dead Redis costs one timeout now and then, not one on every request.

    Raises:
        ConfigurationError: if the URL can't be understood (an unreachable server is no error).
    """

    def __init__(
        self, url: str, *, dimension: int, timeout_s: float, ttl_s: int, pause_s: float, telemetry: Telemetry
    ) -> None:
        try:
            self._redis: Redis = Redis.from_url(
                url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=Retry(NoBackoff(), 0)
            )
        except ValueError as error:
            raise ConfigurationError(f"Redis URL: {error}") from None
        self._bytes = dimension * 4
        self._timeout_s = timeout_s
        self._ttl_s = ttl_s
        self._pause_s = pause_s
        self._telemetry = telemetry
        self._resume_at = 0.0
        self._writes: set[asyncio.Task[None]] = set()

    async def get_many(self, keys: Sequence[str]) -> list[NDArray[np.float32] | None]:
        nothing: list[NDArray[np.float32] | None] = [None] * len(keys)
        if not keys or self._is_paused():
            return nothing
        try:
            async with asyncio.timeout(self._timeout_s):
                values = await self._redis.mget(keys)
        except (RedisError, OSError, TimeoutError) as error:
            self._pause(error)
            return nothing
        vectors = [self._vector(value) for value in values]
        misses = sum(vector is None for vector in vectors)
        self._telemetry.cache_lookups("redis", hits=len(vectors) - misses, misses=misses)
        return vectors

    async def set_many(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Start writing and return: no answer waits for its vectors to be stored."""
        if not vectors or self._is_paused():
            return
        payload = {key: vector.astype("<f4").tobytes() for key, vector in vectors.items()}
        write = asyncio.create_task(self._write(payload))
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)

    async def close(self) -> None:
        await asyncio.gather(*self._writes)
        await self._redis.aclose()

    async def _write(self, payload: Mapping[str, bytes]) -> None:
        try:
            async with asyncio.timeout(self._timeout_s), self._redis.pipeline(transaction=False) as pipeline:
                for key, value in payload.items():
                    pipeline.set(key, value, ex=self._ttl_s)
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._pause(error)

    def _vector(self, value: bytes | str | None) -> NDArray[np.float32] | None:
        """A stored vector; what another program left under the key is a miss."""
        if not isinstance(value, bytes) or len(value) != self._bytes:
            return None
        return np.frombuffer(value, dtype="<f4").astype(np.float32, copy=False)

    def _is_paused(self) -> bool:
        return time.monotonic() < self._resume_at

    def _pause(self, error: Exception) -> None:
        self._resume_at = time.monotonic() + self._pause_s
        self._telemetry.cache_failure("redis")
        logger.warning("redis cache: %s; leaving it alone for %g s", type(error).__name__, self._pause_s)
