"""The Redis cache against real trouble: every call is answered in bounded time, and Redis is used again by itself."""

import asyncio
import logging
import shutil
import subprocess
import time
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import numpy as np
import pytest
import uvloop

from nlp_service.embedding.cache.redis import WAITING_BYTES, RedisCache
from nlp_service.embedding.cache.redis_connection import PATIENCE_S

DIMENSION = 8
TIMEOUT_S = 0.25
WAIT_S = 20
AT_ONCE = 100
AFTERWARDS = 2000
QUICK_S = 5
"""For what takes milliseconds on an idle machine: far more than one timeout, far less than one for each call."""
KEYS = [f"k{number}" for number in range(AT_ONCE)]
NOTHING = [None]


@pytest.fixture(params=[None, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request, run):
    """On each event loop: they tell of lost connections in their own ways."""
    return partial(run, loop_factory=request.param)


@pytest.fixture
def open_cache(telemetry):
    @asynccontextmanager
    async def open_(url, timeout_s=TIMEOUT_S, **options):
        cache = RedisCache(
            url,
            **{"dimension": DIMENSION, "ttl_s": 60, "pause_s": 0.02} | options,
            timeout_s=timeout_s,
            telemetry=telemetry,
        )
        try:
            yield cache
        finally:
            await cache.close()

    return open_


@pytest.fixture
def start_redis(tmp_path):
    """Starts a redis-server where a URL says that there is one."""
    processes = []

    def start(url, *flags):
        options = flags or ("--port", urlsplit(url).port, "--bind", "127.0.0.1")
        command = [shutil.which("redis-server"), *map(str, options), "--save", "", "--dir", str(tmp_path)]
        processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def warnings(caplog):
    """The warnings in the log so far."""
    return lambda: [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def _vectors(keys=KEYS):
    return {key: np.full(DIMENSION, number, dtype=np.float32) for number, key in enumerate(keys)}


async def _until(condition):
    async with asyncio.timeout(WAIT_S):
        while not await condition():  # noqa: ASYNC110 (Redis sends no event)
            await asyncio.sleep(0.01)


async def _works(cache):
    """Wait until what is stored is found again."""

    async def found():
        await cache.set_many(_vectors())
        return all(vector is not None for vector in await cache.get_many(KEYS))

    await _until(found)


async def _all_miss(cache):
    """Many calls at once, then many more, one after the other: all misses. The seconds that both took."""
    started = time.monotonic()
    found = await asyncio.gather(*(cache.get_many([key]) for key in KEYS))
    at_once = time.monotonic() - started
    assert found == [NOTHING] * AT_ONCE
    started = time.monotonic()
    for _ in range(AFTERWARDS):
        assert await cache.get_many(["k0"]) == NOTHING
        await cache.set_many(_vectors(["k0"]))
    return at_once, time.monotonic() - started


@asynccontextmanager
async def _proxy(url):
    """A way to Redis that delays by `delay[0]` seconds what Redis says."""
    target = urlsplit(url)
    delay = [0.0]
    tasks = set()

    async def pump(reader, writer, delayed):
        try:
            while data := await reader.read(65536):
                if delayed:
                    await asyncio.sleep(delay[0])
                writer.write(data)
        finally:
            writer.close()

    async def serve(reader, writer):
        there, back = await asyncio.open_connection(target.hostname, target.port)
        tasks.add(asyncio.create_task(pump(reader, back, False)))
        tasks.add(asyncio.create_task(pump(there, writer, True)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"redis://127.0.0.1:{port}/0", delay
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.01)


def test_absent_from_the_start_it_is_used_once_it_comes(run, open_cache, start_redis, dead_redis_url, metric, warnings):
    async def scenario():
        async with open_cache(dead_redis_url, timeout_s=2) as cache:
            assert max(await _all_miss(cache)) < QUICK_S
            assert metric("cache_resting", backend="redis") == 1
            start_redis(dead_redis_url)
            await _works(cache)
            assert metric("cache_resting", backend="redis") == 0

    run(scenario())
    assert metric("cache_failures_total", backend="redis") == AT_ONCE
    assert warnings() == ["cache redis: ConnectionRefusedError; leaving it alone until a probe succeeds"]


def test_killed_it_costs_hits_and_back_it_is_used_again(run, open_cache, start_redis, own_redis, metric, warnings):
    async def scenario():
        async with open_cache(own_redis.url, timeout_s=2) as cache:
            await _works(cache)
            own_redis.kill()
            assert max(await _all_miss(cache)) < QUICK_S
            assert metric("cache_resting", backend="redis") == 1
            start_redis(own_redis.url)
            await _works(cache)

    run(scenario())
    assert metric("cache_failures_total", backend="redis") <= AT_ONCE
    assert len(warnings()) == 1


@pytest.mark.parametrize("seconds", [0.0, 2 * PATIENCE_S])
def test_frozen_it_costs_one_timeout_to_those_who_were_waiting_and_nothing_to_others(
    run, open_cache, own_redis, metric, warnings, seconds
):
    async def scenario():
        async with open_cache(own_redis.url) as cache:
            await _works(cache)
            before = metric("cache_lookups_total", backend="redis", result="hit")
            own_redis.freeze()
            assert max(await _all_miss(cache)) < QUICK_S
            assert metric("cache_failures_total", backend="redis") <= AT_ONCE + 1
            assert metric("cache_lookups_total", backend="redis", result="hit") == before
            await asyncio.sleep(seconds)
            own_redis.thaw()
            await _works(cache)

    run(scenario())
    if seconds:  # else it may or may not have been given up before it went on
        assert warnings() == ["cache redis: TimeoutError; leaving it alone until a probe succeeds"]


def test_slow_by_three_seconds_it_is_left_alone_until_it_isnt(run, open_cache, redis, metric, warnings):
    async def scenario():
        async with _proxy(redis.url) as (url, delay), open_cache(url) as cache:
            await _works(cache)
            delay[0] = 3.0
            assert max(await _all_miss(cache)) < QUICK_S
            await asyncio.sleep(2 * PATIENCE_S)
            assert metric("cache_resting", backend="redis") == 1
            delay[0] = 0.0
            await _works(cache)

    run(scenario())
    assert len(warnings()) == 1


def test_a_late_answer_costs_a_miss_and_is_waited_for_by_nobody(run, open_cache, redis, metric, warnings):
    async def scenario():
        async with _proxy(redis.url) as (url, delay), open_cache(url, timeout_s=0.1) as cache:
            await _works(cache)
            delay[0] = 0.4
            started = time.monotonic()
            assert await cache.get_many(["k0"]) == NOTHING
            assert time.monotonic() - started < 0.4
            delay[0] = 0.0
            started = time.monotonic()
            assert [await cache.get_many(["k0"]) for _ in range(100)] == [NOTHING] * 100
            assert time.monotonic() - started < 0.1
            await _works(cache)

    run(scenario())
    assert metric("cache_failures_total", backend="redis") >= 1
    assert warnings() == []


def test_an_event_loop_that_was_held_up_is_no_slow_redis(run, open_cache, redis, metric):
    async def scenario():
        async with open_cache(redis.url, timeout_s=0.1) as cache:
            await _works(cache)
            for _ in range(5):
                asked = asyncio.create_task(cache.get_many(KEYS))
                await asyncio.sleep(0)
                time.sleep(0.2)  # noqa: ASYNC251 (that is the point)
                assert np.array_equal(await asked, list(_vectors().values()))

    run(scenario())
    assert metric("cache_failures_total", backend="redis") == 0


def test_connections_that_redis_ended_while_they_were_idle_cost_nothing(run, open_cache, redis, metric, warnings):
    async def scenario():
        async with open_cache(redis.url, timeout_s=2) as cache:
            await _works(cache)
            await asyncio.sleep(0.2)
            redis.client.client_kill_filter(_type="normal", skipme=True)
            await asyncio.sleep(0.05)
            assert np.array_equal(await cache.get_many(KEYS), list(_vectors().values()))
            await cache.set_many(_vectors(["new"]))
            await _until(lambda: asyncio.sleep(0, redis.client.exists("new")))

    run(scenario())
    assert warnings() == []
    assert metric("cache_failures_total", backend="redis") == 0
    assert metric("cache_failures_total", backend="redis_writes") == 0


def test_a_redis_that_doesnt_even_take_what_is_sent_costs_one_timeout(run, open_cache, own_redis, metric):
    keys = [f"{number}{'k' * 4000}" for number in range(5000)]

    async def scenario():
        async with open_cache(own_redis.url) as cache:
            await _works(cache)
            own_redis.freeze()
            started = time.monotonic()
            found = await asyncio.gather(*(cache.get_many(keys[start::10]) for start in range(10)))
            assert time.monotonic() - started < QUICK_S
            assert found == [[None] * 500] * 10
            assert metric("cache_resting", backend="redis") == 1
            own_redis.thaw()
            await _works(cache)
            own_redis.kill()  # ends the connection that was broken while it had something to send
            await asyncio.sleep(0.05)

    run(scenario())


def test_a_write_to_a_connection_that_has_gone_is_a_count(run, open_cache, redis, metric, monkeypatch):
    async def gone(command, check_health):
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    async def scenario():
        async with open_cache(redis.url, timeout_s=2) as cache:
            await _works(cache)
            with monkeypatch.context() as patched:
                patched.setattr(cache._writing, "send_packed_command", gone)
                await cache.set_many(_vectors(["new"]))
                await _until(lambda: asyncio.sleep(0, metric("cache_failures_total", backend="redis_writes") == 1))
            await _works(cache)

    run(scenario())


def test_full_it_is_read_but_not_written_until_there_is_room(run, open_cache, own_redis, metric, warnings):
    client = own_redis.client

    def writes():
        return client.info("commandstats")["cmdstat_set"]["calls"]

    async def scenario():
        async with open_cache(own_redis.url, timeout_s=2, pause_s=0.2) as cache:
            await _works(cache)
            client.config_set("maxmemory", "1")
            client.config_set("maxmemory-policy", "noeviction")
            await cache.set_many(_vectors(["new"]))
            await _until(lambda: asyncio.sleep(0, metric("cache_resting", backend="redis_writes") == 1))
            for _ in range(AFTERWARDS):
                await cache.set_many(_vectors(["newer"]))
            assert await cache.get_many(["new", "newer"]) == [None, None]
            assert np.array_equal(await cache.get_many(KEYS), list(_vectors().values()))
            assert metric("cache_resting", backend="redis") == 0
            assert metric("cache_failures_total", backend="redis_writes") == 1
            client.config_set("maxmemory", "0")

            async def stored():
                await cache.set_many(_vectors(["newest"]))
                return (await cache.get_many(["newest"]))[0] is not None

            await _until(stored)

    run(scenario())
    assert warnings() == ["cache redis_writes: OutOfMemoryError; leaving it alone until a probe succeeds"]
    assert metric("cache_failures_total", backend="redis") == 0


def test_a_password_that_is_missing_or_wrong_is_a_miss_and_the_right_one_is_taken(
    run, open_cache, own_redis, metric, warnings
):
    own_redis.client.config_set("requirepass", "right")
    address = urlsplit(own_redis.url).netloc

    async def misses(url):
        async with open_cache(url, timeout_s=2) as cache:
            return max(await _all_miss(cache))

    async def scenario():
        assert await misses(own_redis.url) < QUICK_S
        assert await misses(f"redis://:wrong@{address}/0") < QUICK_S
        async with open_cache(f"redis://:right@{address}/5", timeout_s=2) as cache:
            await _works(cache)

    run(scenario())
    assert warnings() == ["cache redis: AuthenticationError; leaving it alone until a probe succeeds"] * 2
    assert metric("cache_failures_total", backend="redis") == 2 * AT_ONCE


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate of 127.0.0.1 and its key."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs openssl")
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    request += ["-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]]
    subprocess.run([program, *request], check=True, capture_output=True)
    return files


def test_over_tls_a_server_that_cant_prove_who_it_is_gets_nothing(
    run, open_cache, start_redis, dead_redis_url, certificate, metric, warnings
):
    own, key = certificate
    port = urlsplit(dead_redis_url).port
    flags = ["--port", "0", "--tls-port", port, "--tls-cert-file", own, "--tls-key-file", key]
    start_redis(dead_redis_url, *flags, "--tls-auth-clients", "no")

    async def scenario():
        async with open_cache(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={own}", timeout_s=2) as cache:
            await _works(cache)
        async with open_cache(f"rediss://127.0.0.1:{port}/0", timeout_s=2) as cache:
            assert max(await _all_miss(cache)) < QUICK_S

    run(scenario())
    assert warnings()[-1] == "cache redis: SSLCertVerificationError; leaving it alone until a probe succeeds"


def test_frozen_used_again_and_then_killed_it_is_left_alone(run, open_cache, own_redis, metric):
    async def scenario():
        async with open_cache(own_redis.url) as cache:
            await _works(cache)
            own_redis.freeze()
            await _all_miss(cache)
            own_redis.thaw()
            await _works(cache)
            own_redis.kill()
            assert await cache.get_many(["k0"]) == NOTHING

    run(scenario())
    assert metric("cache_resting", backend="redis") == 1


def test_over_a_unix_socket(run, open_cache, start_redis, tmp_path):
    path = tmp_path / "redis.sock"
    start_redis("", "--port", "0", "--unixsocket", path)

    async def scenario():
        async with open_cache(f"unix://{path}?db=1", timeout_s=2) as cache:
            await _works(cache)

    run(scenario())


def test_options_of_the_url_neither_break_the_connection_nor_what_is_stored(run, open_cache, redis, metric):
    async def scenario():
        async with open_cache(f"{redis.url}?socket_timeout=0.01&decode_responses=true", timeout_s=2) as cache:
            await _works(cache)
            await asyncio.sleep(0.1)
            assert np.array_equal(await cache.get_many(KEYS), list(_vectors().values()))

    run(scenario())
    assert metric("cache_failures_total", backend="redis") == 0


def test_what_waits_to_be_written_is_bounded_and_what_finds_no_room_is_counted(run, open_cache, own_redis, metric):
    dimension = 4096
    room = WAITING_BYTES // (dimension * 4)
    vector = np.linspace(0, 1, dimension, dtype=np.float32)

    async def scenario():
        async with open_cache(own_redis.url, timeout_s=WAIT_S, dimension=dimension) as cache:
            await cache.get_many(["connect"])
            own_redis.freeze()
            started = time.monotonic()
            for number in range(20):
                await cache.set_many({f"{number} {row}": vector for row in range(room // 10)})
            assert time.monotonic() - started < QUICK_S
            own_redis.thaw()

    run(scenario())
    assert metric("cache_failures_total", backend="redis_writes") == 10
    assert room * 0.9 < own_redis.client.dbsize() <= room


def test_closing_doesnt_wait_for_a_frozen_redis(run, open_cache, own_redis):
    async def scenario():
        async with open_cache(own_redis.url, timeout_s=WAIT_S) as cache:
            await _works(cache)
            own_redis.freeze()
            waiting = asyncio.create_task(cache.get_many(["k0"]))
            await cache.set_many(_vectors())
            await asyncio.sleep(0.1)
            started = time.monotonic()
        assert await waiting == NOTHING
        return time.monotonic() - started

    assert run(scenario()) < QUICK_S + 2
