"""The Redis that can be made to fail."""

import asyncio
import shutil
import time

import pytest

from load_tests.redis_server import delaying_proxy, redis_server

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server")


async def say(port, line):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{line}\r\n".encode())
        return (await reader.readline()).decode().strip()
    finally:
        writer.close()


def test_a_full_redis_reads_but_does_not_write(run, tmp_path):
    async def scenario():
        async with redis_server(tmp_path) as redis:
            before = await say(redis.port, "SET k v")
            await redis.fill()
            return before, await say(redis.port, "SET k w"), await say(redis.port, "EXISTS k")

    before, written, read = run(scenario())
    assert before == "+OK"
    assert written.startswith("-OOM")
    assert read == ":1"


def test_a_killed_redis_comes_back_on_the_same_port(run, tmp_path):
    async def scenario():
        async with redis_server(tmp_path) as redis:
            await redis.kill()
            with pytest.raises(OSError):
                await say(redis.port, "PING")
            await redis.start()
            return await say(redis.port, "PING")

    assert run(scenario()) == "+PONG"


def test_the_proxy_delays_answers_while_told_to(run, tmp_path):
    async def scenario():
        times = []
        async with redis_server(tmp_path) as redis, delaying_proxy(redis.port) as proxy:
            for delay in (0.0, 0.3, 0.0):
                proxy.delay_s = delay
                started = time.monotonic()
                assert await say(proxy.port, "PING") == "+PONG"
                times.append(time.monotonic() - started)
        return times

    quick, slow, quick_again = run(scenario())
    assert slow >= 0.3 > max(quick, quick_again)
