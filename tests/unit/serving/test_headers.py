"""How long a connection may take over a request's headers."""

import asyncio
import socket

import pytest

from nlp_service.serving import server
from nlp_service.serving.departure import Departure, Step
from nlp_service.serving.entrances import Port
from nlp_service.serving.server import Server

HEAD_S = 0.2
LONGER_S = 0.6
HALF = b"GET / HTTP/1.1\r\nho"


def whole(seconds):
    return f"GET /?{seconds} HTTP/1.1\r\nhost: x\r\n\r\n".encode()


async def answered(reader):
    return (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200") and await reader.readexactly(2) == b"hi"


async def slow(scope, receive, send):
    """Answers after the seconds that the query names."""
    if scope["type"] == "lifespan":
        while True:
            event = (await receive())["type"]
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return
    await asyncio.sleep(float(scope["query_string"]))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


@pytest.fixture
def talk(run, monkeypatch):
    """Runs `scenario(reader, writer)` on a connection to a server that allows headers `HEAD_S`."""
    monkeypatch.setattr(server, "HEAD_S", HEAD_S)

    def with_server(scenario):
        async def serve():
            departure = Departure(notice_s=0, drain_s=0)
            with socket.create_server(("127.0.0.1", 0)) as listener:
                serving = asyncio.create_task(Server(slow, Port([listener], departure), departure).serve())
                reader, writer = await asyncio.open_connection(*listener.getsockname())
                try:
                    await scenario(reader, writer)
                finally:
                    writer.close()
                    departure.reach(Step.CUT_OFF)
                    await serving

        run(serve())

    return with_server


def test_headers_that_dont_come_to_their_end_close_the_connection(talk):
    async def scenario(reader, writer):
        writer.write(HALF)
        assert await asyncio.wait_for(reader.read(), 10) == b""

    talk(scenario)


def test_a_connection_may_be_idle_for_longer(talk):
    async def scenario(reader, writer):
        writer.write(whole(0))
        assert await answered(reader)
        await asyncio.sleep(LONGER_S)
        writer.write(whole(0))
        assert await answered(reader)

    talk(scenario)


def test_half_of_the_next_headers_doesnt_take_the_answer_away(talk):
    async def scenario(reader, writer):
        writer.write(whole(LONGER_S) + HALF)
        assert await answered(reader)

    talk(scenario)
