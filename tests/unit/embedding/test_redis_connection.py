"""One connection for all: answers find those who asked, and what breaks it is told to all who wait."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial

import pytest
import uvloop
from redis.asyncio import ConnectionPool
from redis.exceptions import InvalidResponse, ResponseError

from nlp_service.embedding.cache.redis_connection import Failure, SharedConnection


@pytest.fixture(params=[None, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request, run):
    """On each event loop: they tell of lost connections in their own ways."""
    return partial(run, loop_factory=request.param)


@asynccontextmanager
async def _connected(url):
    connection = SharedConnection(ConnectionPool.from_url(url, protocol=2, socket_timeout=None).make_connection())
    await connection.ready
    yield connection
    await asyncio.wait([connection.close()])
    await asyncio.sleep(0)


async def _closed(connection):
    async with asyncio.timeout(10):
        while not connection.closed:  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0.001)


def test_each_gets_the_answer_to_what_they_asked_even_if_others_have_left(run, redis):
    async def scenario():
        async with _connected(redis.url) as connection:
            asked = [await connection.ask("ECHO", str(number)) for number in range(100)]
            for answer in asked[::3]:
                answer.cancel()
            return await asyncio.gather(*(answer for answer in asked if not answer.cancelled()))

    assert run(scenario()) == [b"%d" % number for number in range(100) if number % 3]


def test_an_error_is_the_answer_of_whoever_asked_for_it(run, redis):
    redis.client.hset("hash", "field", "no string")

    async def scenario():
        async with _connected(redis.url) as connection:
            asked = [await connection.ask(*command) for command in (("ECHO", "a"), ("GET", "hash"), ("ECHO", "b"))]
            return await asyncio.gather(*asked)

    before, error, after = run(scenario())
    assert (before, after) == (b"a", b"b")
    assert isinstance(error, ResponseError)


def test_all_who_wait_are_told_when_it_breaks_and_nobody_can_ask_afterwards(run, own_redis):
    async def scenario():
        async with _connected(own_redis.url) as connection:
            own_redis.freeze()
            asked = [await connection.ask("ECHO", "a") for _ in range(3)]
            own_redis.kill()
            answers = await asyncio.gather(*asked)
            with pytest.raises(ConnectionResetError):
                await connection.ask("ECHO", "b")
            return answers

    answers = run(scenario())
    assert len(answers) == 3
    assert all(isinstance(answer, Exception) for answer in answers)


def test_whoever_asks_just_after_it_was_lost_is_told_a_failure(run, redis):
    async def scenario():
        async with _connected(redis.url) as connection:
            connection._connection._writer.transport.abort()
            # It asks after the transport was told, and before whoever reads from it has woken up.
            asking = asyncio.create_task(connection.ask("ECHO", "a"))
            with pytest.raises(Failure):
                await asking
            await _closed(connection)

    run(scenario())


def test_a_connection_lost_while_it_is_made_is_told_a_failure(run, redis, monkeypatch):
    async def lost(self):
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    async def scenario():
        pool = ConnectionPool.from_url(redis.url, protocol=2, socket_timeout=None)
        connection = SharedConnection(pool.make_connection())
        monkeypatch.setattr(type(connection._connection), "connect", lost)
        outcome = await connection.ready
        assert connection.closed
        return outcome

    assert isinstance(run(scenario()), Failure)


def test_all_who_wait_are_told_when_it_is_closed(run, own_redis):
    async def scenario():
        async with _connected(own_redis.url) as connection:
            own_redis.freeze()
            answer = await connection.ask("ECHO", "a")
            connection.close()
            return await answer

    assert isinstance(run(scenario()), ConnectionAbortedError)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"+OK\r\n" * 50])
def test_what_isnt_redis_breaks_it(run, answer):
    async def serve(reader, writer):
        while await reader.read(65536):
            writer.write(answer)
        writer.close()

    async def scenario():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with _connected(url) as connection:
            await _closed(connection)
            outcome = connection.ready.result()
        server.close()
        await asyncio.sleep(0.01)
        return outcome

    outcome = run(scenario())
    assert outcome is None or isinstance(outcome, InvalidResponse)
