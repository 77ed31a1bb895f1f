"""What is kept in memory, and what goes first."""

import numpy as np

from nlp_service.embedding.cache.memory import MemoryCache


def _vectors(*keys):
    return {key: np.full(4, ord(key), dtype=np.float32) for key in keys}


def _kept(found):
    return [vector is not None for vector in found]


def test_it_never_holds_more_than_its_capacity_and_drops_the_oldest(run, telemetry):
    async def scenario():
        cache = MemoryCache(3, telemetry)
        await cache.set_many(_vectors("a", "b"))
        await cache.set_many(_vectors("c", "d"))
        return await cache.get_many(["a", "b", "c", "d"])

    assert _kept(run(scenario())) == [False, True, True, True]


def test_what_was_read_or_written_last_stays_longest(run, telemetry):
    async def scenario():
        cache = MemoryCache(3, telemetry)
        await cache.set_many(_vectors("a", "b", "c"))
        await cache.get_many(["a"])
        await cache.set_many(_vectors("b"))
        await cache.set_many(_vectors("d"))
        return await cache.get_many(["a", "b", "c", "d"])

    assert _kept(run(scenario())) == [True, True, False, True]


def test_more_than_its_capacity_at_once(run, telemetry):
    async def scenario():
        cache = MemoryCache(2, telemetry)
        await cache.set_many(_vectors("a", "b", "c", "d"))
        return await cache.get_many(["a", "b", "c", "d"])

    assert _kept(run(scenario())) == [False, False, True, True]


def test_without_capacity_everything_is_a_miss(run, telemetry, metric):
    async def scenario():
        cache = MemoryCache(0, telemetry)
        await cache.set_many(_vectors("a"))
        return await cache.get_many(["a"])

    assert _kept(run(scenario())) == [False]
    assert metric("cache_lookups_total", backend="memory", result="miss") == 1


def test_a_kept_vector_doesnt_keep_its_batch_alive(run, telemetry):
    async def scenario():
        cache = MemoryCache(2, telemetry)
        batch = np.zeros((1000, 4), dtype=np.float32)
        await cache.set_many({"a": batch[3]})
        batch[3] = 1
        return await cache.get_many(["a"])

    (vector,) = run(scenario())
    assert vector.base is None
    assert not vector.any()
