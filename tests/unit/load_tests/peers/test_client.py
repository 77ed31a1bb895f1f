"""The closed-loop client against servers made for the test."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from load_tests.peers.client import PeerError, ask, drive, post


@contextmanager
def server(answers: list[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Gives the answers in turn, again and again; yields its port and the bodies that it received."""
    received: list[bytes] = []
    started = threading.Event()
    place: list[int] = []

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                received.append(await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0])))
                answer = answers[(len(received) - 1) % len(answers)]
                if not answer:
                    break
                for begin in range(0, len(answer), 7):  # in small pieces, as networks may
                    writer.write(answer[begin : begin + 7])
                    await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async def run(stop: asyncio.Event) -> None:
        async with await asyncio.start_server(serve_one, "127.0.0.1", 0) as listener:
            place.append(listener.sockets[0].getsockname()[1])
            started.set()
            await stop.wait()

    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(run(stop),))
    thread.start()
    started.wait()
    try:
        yield place[0], received
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nServer: test\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def test_every_request_is_sent_once_over_all_connections_and_its_sentences_count():
    requests = [post("/x", b"%d" % number, sentences=number) for number in range(20)]
    with server([answer(b'{"a": 1}')]) as (port, received):
        load = drive(port, requests, connections=3, keep_bodies=True)
    assert sorted(received) == sorted(b"%d" % number for number in range(20))
    assert load.sentences == sum(range(20))
    assert len(load.latencies) == 20
    assert load.bodies == [b'{"a": 1}'] * 20
    assert load.rate == pytest.approx(load.sentences / load.seconds)


def test_a_refusal_counts_as_a_failure_and_not_as_work():
    with server([answer(b"ok"), answer(b"busy", b"429 Too Many Requests")]) as (port, _):
        load = drive(port, [post("/x", b"{}", 5)] * 4, connections=1)
    assert load.failures == 2
    assert load.sentences == 10
    assert len(load.latencies) == 2


def test_time_ends_the_load_though_requests_are_left():
    def forever():
        while True:
            yield post("/x", b"{}", 1)

    with server([answer(b"ok")]) as (port, received):
        load = drive(port, forever(), connections=2, seconds=0.2)
    assert 0.2 <= load.seconds < 2
    assert load.sentences == len(received) > 0


def test_a_closed_connection_and_an_answer_without_a_length_are_errors():
    with server([b""]) as (port, _), pytest.raises(PeerError, match="closed"):
        drive(port, [post("/x", b"{}", 1)], connections=1)
    with (
        server([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]) as (port, _),
        pytest.raises(PeerError, match="Content-Length"),
    ):
        drive(port, [post("/x", b"{}", 1)], connections=1)


def test_one_question_gives_the_body_or_an_error():
    with server([answer(b"yes"), answer(b"no", b"500 Internal Server Error")]) as (port, _):
        assert ask(port, post("/x", b"{}", 0)) == b"yes"
        with pytest.raises(PeerError, match="not answered with 200"):
            ask(port, post("/x", b"{}", 0))
