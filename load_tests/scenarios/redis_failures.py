"""Redis absent, slow, killed and full: a failing cache may cost speed, never a request."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from load_tests import figures, payloads
from load_tests.bench import Bench, Scenario, headline
from load_tests.driving import Driver
from load_tests.figures import Figures
from load_tests.monitor import look
from load_tests.payloads import Payload
from load_tests.redis_server import delaying_proxy, redis_server, url_of
from load_tests.server import Target, free_port

CALLERS = 16
LOAD = 0.3
"""Of the capacity: waiting for Redis must show, waiting for the encoder must not."""
SLOW_S = 3.0
PAUSE_S = 18.0
"""Longer than the service leaves a failed Redis alone: at most 32 times `--redis-pause-ms`, 16 s by default."""
HEALTHY, FAILING, BACK = "healthy", "failing", "back"


async def redis_off(bench: Bench) -> Figures:
    """A server with Redis, then one that is told of a Redis that isn't there."""
    async with redis_server(bench.folder) as redis, bench.server({"redis-url": redis.url}) as target:
        driver, rate = await _healthy(bench, target)
    async with bench.server({"redis-url": url_of(free_port())}) as target:
        await bench.warm_up(target, bench.source(_texts(bench)))
        driver = bench.driver(target)
        await _drive(bench, driver, FAILING, rate)
    return _compared(bench)


async def redis_slow(bench: Bench) -> Figures:
    """Redis answers after three seconds."""
    async with (
        redis_server(bench.folder) as redis,
        delaying_proxy(redis.port) as proxy,
        bench.server({"redis-url": proxy.url}) as target,
    ):
        driver, rate = await _healthy(bench, target)
        proxy.delay_s = SLOW_S
        await _drive(bench, driver, FAILING, rate)
        proxy.delay_s = 0.0
    return _compared(bench)


async def redis_killed(bench: Bench) -> Figures:
    """Redis is killed in the middle of the work, and started again later."""
    async with redis_server(bench.folder) as redis, bench.server({"redis-url": redis.url}) as target:
        driver, rate = await _healthy(bench, target)
        work = asyncio.create_task(_drive(bench, driver, FAILING, rate))
        await asyncio.sleep(bench.seconds / 10)
        await redis.kill()
        await work
        await redis.start()
        await asyncio.sleep(PAUSE_S)
        before = await _looked_up(target)
        await _drive(bench, driver, BACK, rate)
        asked = await _looked_up(target) - before
    back = bench.phase(BACK)
    return _compared(bench) | {"back_p99_ms": back.get("p99_ms"), "lookups_after_return": asked}


async def redis_full(bench: Bench) -> Figures:
    """Redis refuses all writes."""
    async with redis_server(bench.folder) as redis, bench.server({"redis-url": redis.url}) as target:
        driver, rate = await _healthy(bench, target)
        await redis.fill()
        await _drive(bench, driver, FAILING, rate)
    return _compared(bench)


async def _healthy(bench: Bench, target: Target) -> tuple[Driver, float]:
    """Find the rate, and measure what it is like without a failure."""
    texts = _texts(bench)
    await bench.warm_up(target, bench.source(texts))
    driver = bench.driver(target)
    capacity = await bench.capacity(driver, bench.source(texts), CALLERS)
    rate = bench.options.rate or LOAD * capacity["requests_per_s"]
    await _drive(bench, driver, HEALTHY, rate)
    return driver, rate


async def _drive(bench: Bench, driver: Driver, phase: str, rate: float) -> None:
    source = bench.source(_texts(bench), seed_offset=1)
    await driver.open(source, phase, rate=rate, seconds=bench.seconds, seed=bench.options.seed)


async def _looked_up(target: Target) -> float:
    """How often Redis has answered, whatever it knew."""
    return (await look(target)).value("cache_lookups_total", backend="redis")


def _texts(bench: Bench) -> list[Payload]:
    """New ones, so that the memory in front of Redis never answers in its place."""
    return payloads.sentences(bench.corpus, fresh=True)


def _compared(bench: Bench) -> Figures:
    healthy, failing = bench.phase(HEALTHY), bench.phase(FAILING)
    before, after = healthy.get("p99_ms"), failing.get("p99_ms")
    return {
        **headline(failing),
        "healthy_p50_ms": healthy.get("p50_ms"),
        "healthy_p99_ms": before,
        "p99_cost_ms": after - before if after is not None and before is not None else None,
        "p99_ratio": figures.ratio(after, before),
    }


def _scenario(name: str, question: str, run: Callable[[Bench], Coroutine[Any, Any, Figures]]) -> Scenario:
    return Scenario(name, question, 1, run, own_server=True, programs=("redis-server",))


SCENARIOS = (
    _scenario("redis-off", "What does a Redis cost that isn't there?", redis_off),
    _scenario("redis-slow", "What does a Redis cost that takes three seconds?", redis_slow),
    _scenario("redis-killed", "Is Redis missed when it dies, and used when it is back?", redis_killed),
    _scenario("redis-full", "What does a Redis cost that takes nothing in?", redis_full),
)
