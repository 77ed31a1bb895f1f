"""A light closed-loop client: each connection sends its next request as soon as the last one is answered.

It shares the cores with the server that it measures, so it does little: requests are bytes made beforehand, connections
stay open, answers are read by their Content-Length and not parsed. It costs the same for every server.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

HOST = "127.0.0.1"
HEADERS_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class PeerError(Exception):
    """A server can't be measured: it doesn't start, doesn't answer, or answers something else than expected."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire, and the number of sentences that its answer is worth."""

    wire: bytes
    sentences: int


@dataclass(slots=True)
class Load:
    """What came back.

    Attributes:
        seconds: from the first request to the last answer.
        latencies: milliseconds of each answered request.
        failures: number of answers with another status than 200.
        bodies: of the answers, if they were asked for.
    """

    seconds: float = 0.0
    sentences: int = 0
    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    bodies: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Sentences a second."""
        return self.sentences / self.seconds


def post(path: str, body: bytes, sentences: int) -> Request:
    """A JSON request on a connection that stays open."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Request(head.encode("ascii") + body, sentences)


class _Connection(asyncio.Protocol):
    """One connection of the closed loop."""

    def __init__(self, requests: Iterator[Request], until: float, load: Load, keep_bodies: bool) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._until = until
        self._load = load
        self._keep_bodies = keep_bodies
        self._received = bytearray()
        self._expected = 0
        self._sent_at = 0.0
        self._sentences = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)
        if not self.done.done():
            self.done.set_exception(PeerError(f"the server closed a connection ({exc or 'without a reason'})"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._expected:
            self._read_head()
        if self._expected and len(self._received) >= self._expected:
            self._take_answer()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        request = next(self._requests, None) if self._sent_at < self._until else None
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sentences = request.sentences
        self._transport.write(request.wire)

    def _read_head(self) -> None:
        end = self._received.find(HEADERS_END)
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        place = head.find(LENGTH)
        if place < 0:
            self.done.set_exception(PeerError("an answer has no Content-Length"))
            self._transport.abort()
            return
        length = int(head[place + len(LENGTH) :].split(b"\r\n", 1)[0])
        self._expected = end + len(HEADERS_END) + length

    def _take_answer(self) -> None:
        load = self._load
        if self._received[9:12] == b"200":
            load.latencies.append((time.perf_counter() - self._sent_at) * 1000)
            load.sentences += self._sentences
            if self._keep_bodies:
                load.bodies.append(bytes(self._received[self._received.find(HEADERS_END) + len(HEADERS_END) :]))
        else:
            load.failures += 1
        self._received.clear()
        self._expected = 0
        self._send()


async def _drive(port: int, requests: Iterator[Request], connections: int, seconds: float, keep: bool) -> Load:
    load = Load()
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: _Connection(requests, began + seconds, load, keep), HOST, port)
        for _ in range(connections)
    ]
    try:
        await asyncio.gather(*(protocol.done for _, protocol in opened))
        load.seconds = time.perf_counter() - began
    finally:
        for transport, _ in opened:
            transport.abort()
        await asyncio.gather(*(protocol.closed for _, protocol in opened))
    return load


def drive(
    port: int,
    requests: Iterable[Request],
    connections: int,
    seconds: float = float("inf"),
    *,
    keep_bodies: bool = False,
) -> Load:
    """Send requests until they or the time run out; what is under way then is waited for.

    Raises:
        PeerError, OSError: if the server isn't there or closes a connection.
    """
    return asyncio.run(_drive(port, iter(requests), connections, seconds, keep_bodies))


def ask(port: int, request: Request) -> bytes:
    """The body of the answer to one request.

    Raises:
        PeerError, OSError: if it isn't answered with 200.
    """
    load = drive(port, [request], 1, keep_bodies=True)
    if not load.bodies:
        raise PeerError("a request was not answered with 200")
    return load.bodies[0]
