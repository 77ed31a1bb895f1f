"""The Redis cache when there is no Redis: everything is a miss, and it doesn't keep asking."""

import asyncio
from functools import partial

import numpy as np
import pytest
import uvloop

from nlp_service.embedding.cache.redis import RedisCache
from nlp_service.errors import ConfigurationError

VECTORS = {"k": np.ones(4, dtype=np.float32)}


@pytest.fixture(params=[None, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request, run):
    """On each event loop: they tell of lost connections in their own ways."""
    return partial(run, loop_factory=request.param)


@pytest.fixture
def make_cache(dead_redis_url, telemetry):
    def make(url=dead_redis_url, pause_s=60.0):
        return RedisCache(url, dimension=4, timeout_s=5.0, ttl_s=60, pause_s=pause_s, telemetry=telemetry)

    return make


def test_a_redis_that_isnt_there_is_a_miss_and_a_count(run, make_cache, metric):
    async def scenario():
        cache = make_cache()
        found = await cache.get_many(["k", "l"])
        await cache.close()
        return found

    assert run(scenario()) == [None, None]
    assert metric("cache_failures_total", backend="redis") == 1


def test_after_a_failure_it_is_left_alone(run, make_cache, metric):
    async def scenario():
        cache = make_cache()
        for _ in range(3):
            assert await cache.get_many(["k"]) == [None]
            await cache.set_many(VECTORS)
        await cache.close()

    run(scenario())
    assert metric("cache_failures_total", backend="redis") == 1


def test_probes_are_no_failures_of_calls(run, make_cache, metric):
    async def scenario():
        cache = make_cache(pause_s=0.005)
        await cache.get_many(["k"])
        await asyncio.sleep(0.1)
        await cache.close()

    run(scenario())
    assert metric("cache_failures_total", backend="redis") == 1
    assert metric("cache_resting", backend="redis") == 1


def test_all_who_ask_at_once_wait_for_one_attempt_and_leave_one_line_in_the_log(run, make_cache, metric, caplog):
    async def scenario():
        cache = make_cache()
        found = await asyncio.gather(*(cache.get_many(["k"]) for _ in range(50)))
        await cache.close()
        return found

    assert run(scenario()) == [[None]] * 50
    assert metric("cache_failures_total", backend="redis") == 50
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage() == "cache redis: ConnectionRefusedError; leaving it alone until a probe succeeds"


def test_a_failed_write_is_a_count_and_close_waits_for_it(run, make_cache, metric):
    async def scenario():
        cache = make_cache()
        await cache.set_many(VECTORS)
        await cache.close()

    run(scenario())
    assert metric("cache_failures_total", backend="redis_writes") == 1


def test_nothing_to_look_up_asks_nobody(run, make_cache, metric):
    async def scenario():
        cache = make_cache()
        assert await cache.get_many([]) == []
        await cache.set_many({})
        await cache.close()

    run(scenario())
    assert metric("cache_failures_total", backend="redis") == 0


@pytest.mark.parametrize(
    "url", ["", "localhost:6379", "http://localhost", "redis://localhost:port/0", "redis://localhost?colour=blue"]
)
def test_a_url_that_cant_be_understood_is_a_configuration_error(make_cache, url):
    with pytest.raises(ConfigurationError, match="Redis URL"):
        make_cache(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:secret/1@host:6379/0",
        "redis://:sec#ret@host:6379/0",
        "redis://:sec?ret@host",
        "redis://:12?secret=1@host",
        "secret",
        "secret://host",
    ],
)
def test_what_is_said_of_a_url_repeats_nothing_of_it(make_cache, url):
    with pytest.raises(ConfigurationError) as error:
        make_cache(url)
    assert "sec" not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
