"""Client and driver against a server that answers as the test wants."""

import asyncio
import time
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from load_tests.driving import Driver, arrivals
from load_tests.http_client import Client
from load_tests.payloads import Payload, Source
from load_tests.records import read_records, write_records

PAYLOAD = Payload("/v1/sentiment", (b'{"texts":["',) * 2, 1, ("results", 1))
GOOD = b'{"results":[{}]}'


def answer(status=200, body=GOOD, **headers):
    lines = [f"HTTP/1.1 {status} whatever", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def server(answers):
    """Calls `answers(number)` for each request; None hangs up."""
    numbers = iter(range(10**6))
    tasks = set()

    async def on_connection(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                if "content-length: " in head:
                    await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
                data = answers(next(numbers))
                if asyncio.iscoroutine(data):
                    data = await data
                if data is None:
                    break
                for position in range(0, len(data), 40):
                    writer.write(data[position : position + 40])
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    client = Client("127.0.0.1", listener.sockets[0].getsockname()[1])
    try:
        yield client
    finally:
        client.close()
        listener.close()
        await asyncio.wait(tasks, timeout=5)


def driven(run, answers, drive):
    """The records of a driver that `drive` has used."""

    async def scenario():
        async with server(answers) as client:
            driver = Driver(client, [])
            await drive(driver, Source([PAYLOAD], seed=1))
            return driver.records

    return run(scenario())


def test_answers_are_read_whole_with_their_headers(run):
    async def scenario():
        async with server(lambda _: answer(429, b"x" * 500, Retry_After=7, Server_Timing="total;dur=1.5")) as client:
            return await client.get("/")

    got = run(scenario())
    assert (got.status, got.body, got.retry_after_s, got.timing) == (429, b"x" * 500, 7, "total;dur=1.5")


def test_an_idle_connection_that_ended_is_replaced(run):
    async def scenario():
        async with server(lambda number: None if number == 1 else answer()) as client:
            return [(await client.get("/")).status for _ in range(2)]

    assert run(scenario()) == [200, 200]


def test_a_request_is_not_sent_twice_where_that_is_to_be_seen(run):
    async def scenario():
        async with server(lambda number: None if number == 1 else answer()) as client:
            client.resends = False
            await client.get("/")
            with pytest.raises(ConnectionError):
                await client.get("/")

    run(scenario())


def test_a_connection_that_the_server_ends_is_not_used_again(run):
    async def scenario():
        async with server(lambda _: answer(connection="close")) as client:
            client.resends = False
            return [(await client.get("/")).status for _ in range(3)]

    assert run(scenario()) == [200] * 3


def test_arrivals_are_a_poisson_process():
    times = list(arrivals(200, 50, seed=3))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert times == list(arrivals(200, 50, seed=3)) != list(arrivals(200, 50, seed=4))
    assert mean == pytest.approx(1 / 200, rel=0.05)
    assert deviation == pytest.approx(mean, rel=0.05)  # as an exponential distribution has it


def test_the_wait_for_a_stalled_server_is_measured_for_all_who_came_meanwhile(run):
    stalled_until = time.monotonic() + 0.5

    async def stall(_):
        await asyncio.sleep(stalled_until - time.monotonic())
        return answer()

    records = driven(run, stall, lambda driver, source: driver.open(source, "p", rate=100, seconds=0.3, seed=1))
    waits = {round(record.scheduled, 4): record.latency_s for record in records}
    assert len(records) == len(list(arrivals(100, 0.3, 1)))
    assert waits[min(waits)] > waits[max(waits)] > 0.1


def test_latency_counts_from_when_a_request_was_due(run):
    def answers(number):
        if number == 0:
            time.sleep(0.3)  # it stops the generator as well, which shares the loop
        return answer()

    records = driven(run, answers, lambda driver, source: driver.open(source, "p", rate=50, seconds=0.3, seed=2))
    late = [record for record in records if record.sent - record.scheduled > 0.1]
    assert late
    assert all(record.latency_s >= record.sent - record.scheduled for record in late)


def test_a_refused_request_comes_again_when_told(run):
    refused = []

    def answers(number):
        if number == 0:
            refused.append(time.monotonic())
            return answer(429, b"{}", Retry_After=1)
        return answer()

    records = driven(run, answers, lambda d, source: d.open(source, "p", rate=20, seconds=0.3, seed=1, follow=1.0))
    again = [record for record in records if record.attempt == 2]
    assert [record.status for record in again] == [200]
    assert 1.0 <= again[0].sent - refused[0] < 1.5


def test_nobody_comes_again_who_is_not_to_follow(run):
    records = driven(
        run,
        lambda _: answer(429, b"{}", Retry_After=1),
        lambda driver, source: driver.open(source, "p", rate=20, seconds=0.3, seed=1),
    )
    assert {(record.status, record.attempt, record.retry_after_s) for record in records} == {(429, 1, 1)}


def test_a_closed_loop_has_as_many_requests_under_way_as_callers(run):
    under_way = set()
    most = []

    async def answers(number):
        under_way.add(number)
        most.append(len(under_way))
        await asyncio.sleep(0.02)
        under_way.discard(number)
        return answer()

    driven(run, answers, lambda driver, source: driver.closed(source, "p", connections=4, seconds=0.2))
    assert max(most) == 4


def test_a_lost_connection_is_a_request_without_answer(run):
    records = driven(run, lambda _: None, lambda driver, source: driver.open(source, "p", rate=20, seconds=0.2, seed=1))
    assert {record.status for record in records} == {0}


@pytest.mark.parametrize("body", [b'{"results":[]}', b"{", b"[]", b'{"results":3}'])
def test_an_answer_without_all_results_is_not_whole(run, body):
    records = driven(
        run, lambda _: answer(body=body), lambda driver, source: driver.open(source, "p", rate=20, seconds=0.2, seed=1)
    )
    assert (records[0].whole, records[0].good) == (False, False)


def test_records_survive_their_file(run, tmp_path):
    def answers(number):
        return answer(429, b"{}", Retry_After=3) if number else answer(Server_Timing="total;dur=2.0, encode;dur=1.0")

    records = driven(run, answers, lambda driver, source: driver.open(source, "p", rate=30, seconds=0.2, seed=1))
    write_records(tmp_path / "requests.csv", records)
    assert read_records(tmp_path / "requests.csv") == records
    assert {record.status for record in records} == {200, 429}
