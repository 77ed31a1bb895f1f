"""One connection for all: answers find those who asked, late ones reach nobody, and a busy event loop isn't blamed."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from nlp_service.embedding.cache.redis_address import RedisAddress
from nlp_service.embedding.cache.redis_link import GRACE_S, MOST_LATE, LateError, RefusedError, pack_command

AMPLE_S = 10.0


@asynccontextmanager
async def _redis(answer, login=()):
    """A server that answers what arrives with `answer(lines)`, the lines of one command; an address of it."""
    served = {}

    async def serve(reader, writer):
        served[asyncio.current_task()] = writer
        while head := await reader.readline():
            lines = [await reader.readline() for _ in range(2 * int(head[1:]))]
            reply = await answer([line.strip() for line in lines[1::2]])
            if reply is not None:
                writer.write(reply)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield RedisAddress(host, port, None, None, tuple(login))
    server.close()
    for writer in served.values():
        writer.close()
    await asyncio.wait(served)
    await asyncio.sleep(0)


def _ask(link, *command, values=1):
    return link.ask(pack_command(command), commands=1, values=values)


def _ignore(error):
    """What happens to the link is no matter."""


async def _echo(parts):
    return b"$%d\r\n%b\r\n" % (len(parts[-1]), parts[-1])


async def _never(parts):
    return None


def test_each_gets_the_answer_to_what_they_asked_even_if_others_have_left(run):
    async def scenario():
        async with _redis(_echo) as address:
            link = await address.connect(AMPLE_S, _ignore)
            asked = [_ask(link, "ECHO", str(number)) for number in range(100)]
            for answer in asked[::3]:
                answer.cancel()
            kept = [answer for answer in asked if not answer.cancelled()]
            replies = await asyncio.gather(*kept)
            link.close()
            return replies

    assert run(scenario()) == [[b"%d" % number] for number in range(100) if number % 3]


def _answering(question):
    """The kind of error that it ended with, None if it was answered."""
    return type(question) if isinstance(question, Exception) else None


def test_one_late_answer_and_all_who_wait_are_told_at_once(run):
    async def scenario():
        broken = []
        async with _redis(_never) as address:
            link = await address.connect(0.1, broken.append)
            started = time.monotonic()
            waiting = await asyncio.gather(*(_ask(link, "GET", "a") for _ in range(50)), return_exceptions=True)
            took = time.monotonic() - started
            late = link.late, broken.copy()
            newcomer = await asyncio.gather(_ask(link, "GET", "b"), return_exceptions=True)
            await asyncio.sleep(4 * GRACE_S)
            assert link.closed
            gone = await asyncio.gather(_ask(link, "GET", "c"), return_exceptions=True)
            return took, late, [_answering(one) for one in (*waiting, *newcomer, *gone)], broken

    took, late, errors, broken = run(scenario())
    assert 0.1 <= took < 5
    assert late == (True, [])
    assert errors == [LateError] * 51 + [ConnectionResetError]
    assert [type(error) for error in broken] == [TimeoutError]


def test_a_late_answer_reaches_nobody_and_makes_the_link_usable_again(run):
    delays = [0.3]

    async def late_at_first(parts):
        await asyncio.sleep(delays.pop() if delays else 0)
        return await _echo(parts)

    async def scenario():
        async with _redis(late_at_first) as address:
            link = await address.connect(0.1, _ignore)
            late = await asyncio.gather(
                _ask(link, "ECHO", "late"), _ask(link, "ECHO", "behind it"), return_exceptions=True
            )
            while link.late:  # noqa: ASYNC110 (there is no event for it)
                await asyncio.sleep(0.01)
            reply = await _ask(link, "ECHO", "in time")
            link.close()
            return late, reply

    late, reply = run(scenario())
    assert [_answering(one) for one in late] == [LateError] * 2
    assert reply == [b"in time"]


def test_a_redis_that_is_late_time_and_again_is_given_up(run):
    async def slow(parts):
        await asyncio.sleep(0.2)
        return await _echo(parts)

    async def scenario():
        broken = []
        async with _redis(slow) as address:
            link = await address.connect(0.05, broken.append)
            errors = []
            while not link.closed:
                errors += await asyncio.gather(_ask(link, "ECHO", "x"), return_exceptions=True)
                while link.late and not link.closed:  # noqa: ASYNC110 (there is no event for it)
                    await asyncio.sleep(0.01)
            return errors, broken

    errors, broken = run(scenario())
    assert [_answering(one) for one in errors] == [LateError] * (MOST_LATE - 1) + [TimeoutError]
    assert len(broken) == 1


def test_an_event_loop_that_was_held_up_is_no_slow_redis(run):
    async def scenario():
        async with _redis(_echo) as address:
            link = await address.connect(0.2, _ignore)
            answer = _ask(link, "ECHO", "here")
            await asyncio.sleep(0)
            time.sleep(0.5)  # noqa: ASYNC251 (that is the point)
            reply = await answer
            link.close()
            return reply

    assert run(scenario()) == [b"here"]


def test_more_values_may_take_longer(run):
    async def slowly(parts):
        await asyncio.sleep(0.4)
        return await _echo(parts)

    async def scenario():
        async with _redis(slowly) as address:
            link = await address.connect(0.1, _ignore)
            reply = await _ask(link, "ECHO", "many", values=200_000)
            link.close()
            return reply

    assert run(scenario()) == [b"many"]


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"$1\r\na\r\n$1\r\nb\r\n"])
def test_what_isnt_redis_breaks_the_link(run, answer):
    async def talk(parts):
        return answer

    async def scenario():
        async with _redis(talk) as address:
            link = await address.connect(AMPLE_S, _ignore)
            await asyncio.gather(_ask(link, "GET", "a"), return_exceptions=True)
            async with asyncio.timeout(AMPLE_S):
                while not link.closed:  # noqa: ASYNC110 (there is no event for it)
                    await asyncio.sleep(0.001)

    run(scenario())


def test_it_logs_in_before_anything_else(run):
    seen = []

    async def note(parts):
        seen.append(parts)
        return b"+OK\r\n"

    async def scenario():
        async with _redis(note, [("AUTH", "user", "secret"), ("SELECT", "3")]) as address:
            link = await address.connect(AMPLE_S, _ignore)
            await _ask(link, "GET", "a")
            link.close()

    run(scenario())
    assert seen == [[b"AUTH", b"user", b"secret"], [b"SELECT", b"3"], [b"GET", b"a"]]


def test_a_refused_login_says_its_code_and_nothing_more(run):
    async def refuse(parts):
        return b"-WRONGPASS invalid username-password pair\r\n"

    async def scenario():
        async with _redis(refuse, [("AUTH", "secret")]) as address:
            with pytest.raises(RefusedError) as refusal:
                await address.connect(AMPLE_S, _ignore)
            return str(refusal.value)

    assert run(scenario()) == "WRONGPASS"
