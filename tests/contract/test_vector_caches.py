"""What every cache of vectors promises (`contracts.VectorCache`)."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial

import numpy as np
import pytest
import uvloop

from nlp_service.embedding.cache.memory import MemoryCache
from nlp_service.embedding.cache.redis import RedisCache
from nlp_service.embedding.cache.tiered import TieredCache

DIMENSION = 384
TIMEOUT_S = 10.0
"""Ample, because the machine that runs the tests may be busy; a frozen Redis gets less."""


def _redis_cache(url, telemetry, timeout_s=TIMEOUT_S, pause_s=0.02, ttl_s=60):
    return RedisCache(url, dimension=DIMENSION, timeout_s=timeout_s, ttl_s=ttl_s, pause_s=pause_s, telemetry=telemetry)


def _vectors(*keys):
    return {key: np.random.default_rng(list(key.encode())).standard_normal(DIMENSION, np.float32) for key in keys}


async def _stored(cache, key):
    """Wait until a write that goes on in the background has arrived."""
    async with asyncio.timeout(TIMEOUT_S):
        while (await cache.get_many([key]))[0] is None:  # noqa: ASYNC110 (Redis sends no event)
            await asyncio.sleep(0.005)


@pytest.fixture(params=[None, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request, run):
    """On each event loop: they tell of lost connections in their own ways."""
    return partial(run, loop_factory=request.param)


@pytest.fixture(params=["memory", "redis", "tiered"])
def open_cache(request, telemetry):
    """Opens a cache of each kind, empty."""
    redis = request.getfixturevalue("redis") if request.param != "memory" else None

    @asynccontextmanager
    async def open_():
        memory = MemoryCache(10_000, telemetry)
        if redis is None:
            cache = memory
        else:
            far = _redis_cache(redis.url, telemetry)
            cache = far if request.param == "redis" else TieredCache(memory, far)
        yield cache
        await cache.close()

    return open_


def test_a_vector_comes_back_as_it_was_given(run, open_cache):
    vectors = _vectors("a", "b")

    async def scenario():
        async with open_cache() as cache:
            await cache.set_many(vectors)
            await _stored(cache, "b")
            return await cache.get_many(["b", "a"])

    found = run(scenario())
    assert all(vector.dtype == np.float32 and vector.shape == (DIMENSION,) for vector in found)
    assert np.array_equal(found, [vectors["b"], vectors["a"]])


def test_what_is_missing_is_none_in_its_place_and_repeated_keys_are_answered_each(run, open_cache):
    async def scenario():
        async with open_cache() as cache:
            await cache.set_many(_vectors("a"))
            await _stored(cache, "a")
            return await cache.get_many(["x", "a", "y", "a"])

    assert [vector is not None for vector in run(scenario())] == [False, True, False, True]


def test_nothing_in_nothing_out(run, open_cache):
    async def scenario():
        async with open_cache() as cache:
            await cache.set_many({})
            return await cache.get_many([])

    assert run(scenario()) == []


def test_thousands_at_once(run, open_cache):
    vectors = _vectors(*map(str, range(3000)))

    async def scenario():
        async with open_cache() as cache:
            await cache.set_many(vectors)
            await _stored(cache, "2999")
            return await cache.get_many([*vectors, "missing"])

    found = run(scenario())
    assert np.array_equal(found[:-1], list(vectors.values()))
    assert found[-1] is None


def test_a_row_of_a_batch_is_stored_as_itself(run, open_cache):
    batch = np.arange(4 * DIMENSION, dtype=np.float32).reshape(4, DIMENSION)

    async def scenario():
        async with open_cache() as cache:
            await cache.set_many({"row": batch[2], "column order": np.asfortranarray(batch)[1]})
            await _stored(cache, "column order")
            return await cache.get_many(["row", "column order"])

    assert np.array_equal(run(scenario()), batch[[2, 1]])


def test_many_readers_and_writers_at_once(run, open_cache):
    vectors = _vectors(*map(str, range(200)))
    keys = list(vectors)

    async def scenario():
        async with open_cache() as cache:
            parts = [{key: vectors[key] for key in keys[start : start + 40]} for start in range(0, 200, 20)]
            await asyncio.gather(*(cache.set_many(part) for part in parts))
            await _stored(cache, keys[-1])
            await asyncio.gather(*(_stored(cache, key) for key in keys[::20]))
            return await asyncio.gather(*(cache.get_many(keys[start : start + 30]) for start in range(0, 170, 10)))

    for start, found in zip(range(0, 170, 10), run(scenario()), strict=True):
        assert np.array_equal(found, [vectors[key] for key in keys[start : start + 30]])


# --- what only holds where a Redis is behind it ------------------------------------------------------------------


@pytest.mark.parametrize(
    "left_behind", [b"", b"x", b"\0" * DIMENSION, b"\0" * (DIMENSION * 4 - 1), b"\0" * (DIMENSION * 4 + 4)]
)
def test_what_another_program_left_under_the_key_is_a_miss_and_gets_replaced(run, redis, telemetry, left_behind):
    redis.client.set("a", left_behind)
    redis.client.hset("b", "field", "no string at all")
    vectors = _vectors("a", "b")

    async def scenario():
        cache = _redis_cache(redis.url, telemetry)
        before = await cache.get_many(["a", "b"])
        await cache.set_many(vectors)
        await cache.close()
        cache = _redis_cache(redis.url, telemetry)
        after = await cache.get_many(["a", "b"])
        await cache.close()
        return before, after

    before, after = run(scenario())
    assert before == [None, None]
    assert np.array_equal(after, list(vectors.values()))


def test_vectors_outlive_the_cache_object_but_not_their_time(run, redis, telemetry):
    async def scenario():
        cache = _redis_cache(redis.url, telemetry, ttl_s=1234)
        await cache.set_many(_vectors("a"))
        await cache.close()

    run(scenario())
    assert 0 < redis.client.ttl("a") <= 1234
    assert redis.client.strlen("a") == DIMENSION * 4


def test_vectors_of_half_precision_take_half_the_room_in_redis(run, redis, telemetry):
    vectors = {key: vector.astype(np.float16).astype(np.float32) for key, vector in _vectors("a", "b").items()}

    async def scenario():
        cache = _redis_cache(redis.url, telemetry)
        await cache.set_many(vectors | _vectors("c"))
        await _stored(cache, "c")
        found = await cache.get_many(["a", "b", "c"])
        await cache.close()
        return found

    assert np.array_equal(run(scenario()), [*vectors.values(), *_vectors("c").values()])
    assert [redis.client.strlen(key) for key in "abc"] == [DIMENSION * 2, DIMENSION * 2, DIMENSION * 4]


def test_a_request_is_one_mget_and_its_vectors_are_sent_together(run, redis, telemetry):
    keys = [f"k{number}" for number in range(50)]

    def called(command):
        return redis.client.info("commandstats").get(f"cmdstat_{command}", {"calls": 0})["calls"]

    async def scenario():
        cache = _redis_cache(redis.url, telemetry)
        await cache.get_many(keys)
        await cache.set_many(_vectors(*keys))
        await cache.close()

    before = called("mget"), called("set"), redis.client.info("stats")["total_reads_processed"]
    run(scenario())
    reads = redis.client.info("stats")["total_reads_processed"] - before[2]
    assert (called("mget") - before[0], called("set") - before[1]) == (1, 50)
    assert reads < 45


def test_the_near_cache_keeps_what_the_far_one_knew(run, redis, telemetry, metric):
    vectors = _vectors("a")

    async def scenario():
        writer = _redis_cache(redis.url, telemetry)
        await writer.set_many(vectors)
        await writer.close()
        cache = TieredCache(MemoryCache(10, telemetry), _redis_cache(redis.url, telemetry))
        first = await cache.get_many(["a", "b"])
        redis.client.flushall()
        second = await cache.get_many(["a"])
        await cache.close()
        return first, second

    first, second = run(scenario())
    assert np.array_equal(first[0], vectors["a"])
    assert first[1] is None
    assert np.array_equal(second[0], vectors["a"])
    assert metric("cache_lookups_total", backend="redis", result="hit") == 1
    assert metric("cache_lookups_total", backend="memory", result="hit") == 1


def test_a_frozen_redis_is_a_miss_and_a_late_reply_is_never_taken_for_another_keys(run, own_redis, telemetry, metric):
    vectors = _vectors(*"abcdefgh")

    async def scenario():
        writer = _redis_cache(own_redis.url, telemetry)
        await writer.set_many(vectors)
        await writer.close()
        cache = _redis_cache(own_redis.url, telemetry, timeout_s=0.3)
        assert (await cache.get_many(["a"]))[0] is not None
        own_redis.freeze()
        assert await cache.get_many(["b", "c"]) == [None, None]
        await cache.set_many(_vectors("late"))
        own_redis.thaw()
        await asyncio.gather(*(_stored(cache, key) for key in vectors))
        found = await asyncio.gather(*(cache.get_many([key]) for key in vectors))
        await cache.close()
        return found

    found = run(scenario())
    assert metric("cache_failures_total", backend="redis") >= 1
    for (vector,), expected in zip(found, vectors.values(), strict=True):
        assert vector is None or np.array_equal(vector, expected)
    assert any(vector is not None for (vector,) in found)


def test_a_killed_redis_is_a_miss_and_closing_is_quiet(run, own_redis, telemetry, metric):
    async def scenario():
        cache = _redis_cache(own_redis.url, telemetry)
        await cache.set_many(_vectors("a"))
        await _stored(cache, "a")
        own_redis.kill()
        found = await cache.get_many(["a"])
        await cache.set_many(_vectors("b"))
        await cache.close()
        return found

    assert run(scenario()) == [None]
    assert metric("cache_failures_total", backend="redis") == 1
    assert metric("cache_resting", backend="redis") == 1
