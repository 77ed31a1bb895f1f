"""HTTP/1.1 as cheap as asyncio allows: the load comes from the same CPUs that serve it.

Whole requests go out in one write, answers are read by length. About 0.1 ms of CPU a request, a tenth of what general
clients take.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_RETRY_AFTER = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
_TIMING = re.compile(rb"\r\nserver-timing: *([^\r]*)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_STATUS = slice(9, 12)
"""Where `HTTP/1.1 200` has its number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        retry_after_s: of the header `Retry-After`.
        timing: the header `Server-Timing`, as it came.
        keeps: whether the connection may be used again.
    """

    status: int
    body: bytes
    retry_after_s: int | None
    timing: str
    keeps: bool


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._expected = -1
        self._head_length = 0
        self._waiter: asyncio.Future[Answer] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a request can be sent, as far as is known here."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def untouched(self) -> bool:
        """Whether nothing of an answer has come."""
        return not self._received

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        """Send a whole request; the future brings its answer, or ConnectionError."""
        if self._transport is None or not self.is_open:
            raise ConnectionResetError("the connection is closed")
        self._received.clear()
        self._expected = -1
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiter

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._received += data
        if self._expected < 0 and not self._read_head():
            return
        if len(self._received) >= self._expected:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionResetError(str(exc or "the server closed the connection")))

    def _read_head(self) -> bool:
        end = self._received.find(_HEAD_END)
        if end < 0:
            return False
        length = _LENGTH.search(self._received, 0, end)
        self._head_length = end + len(_HEAD_END)
        self._expected = self._head_length + (int(length[1]) if length else 0)
        return True

    def _finish(self) -> None:
        head = bytes(self._received[: self._head_length])
        retry_after, timing = _RETRY_AFTER.search(head), _TIMING.search(head)
        answer = Answer(
            status=int(head[_STATUS]),
            body=bytes(self._received[self._head_length : self._expected]),
            retry_after_s=int(retry_after[1]) if retry_after else None,
            timing=timing[1].decode("latin-1") if timing else "",
            keeps=_CLOSE.search(head) is None,
        )
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(answer)


class Client:
    """As many connections to one server as requests are under way, each used again.

    Attributes:
        resends: whether a request that met the end of an idle connection is sent again, as RFC 9112 (9.3.1) has it.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._idle: list[Connection] = []
        self.resends = True

    async def ask(self, request: bytes) -> Answer:
        """Send a request.

        Raises:
            OSError: if no answer came.
        """
        while connection := self._reusable():
            try:
                return await self._ask_on(connection, request)
            except ConnectionError:
                if not (self.resends and connection.untouched):
                    raise
        return await self._ask_on(await self._connect(), request)

    async def get(self, path: str) -> Answer:
        """Fetch something small."""
        return await self.ask(f"GET {path} HTTP/1.1\r\nHost: load-test\r\n\r\n".encode("ascii"))

    async def open(self, connections: int) -> None:
        """Connect so many times before they are needed."""
        self._idle += [await self._connect() for _ in range(connections - len(self._idle))]

    def close(self) -> None:
        """Hang up all idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _reusable(self) -> Connection | None:
        while self._idle:
            if (connection := self._idle.pop()).is_open:
                return connection
        return None

    async def _ask_on(self, connection: Connection, request: bytes) -> Answer:
        try:
            answer = await connection.ask(request)
        except BaseException:
            connection.close()
            raise
        if answer.keeps:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    async def _connect(self) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(Connection, *self._address)
        return connection


async def status_of(client: Client, path: str) -> int:
    """The status of a GET; 0 if nobody answers."""
    with suppress(OSError):
        return (await client.get(path)).status
    return 0
