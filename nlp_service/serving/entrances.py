"""Where a server's connections come from: its own port, or the supervisor of several servers."""

import asyncio
import logging
import socket
from contextlib import suppress
from enum import Enum

from nlp_service.serving import ports
from nlp_service.serving.departure import Departure, Step
from nlp_service.serving.server import ConnectionFactory

BEAT_S = 1.0

logger = logging.getLogger(__name__)


class Word(bytes, Enum):
    """What supervisor and worker say to each other, one byte each."""

    CONNECTION = b"c"
    """To the worker, with a connection."""
    FURTHER = b"f"
    """To the worker: one step further in leaving."""
    NO_MORE = b"n"
    """To the worker: there will be no more connections; leave."""
    READY = b"r"
    """To the supervisor: send connections."""
    ALIVE = b"a"
    """To the supervisor, every `BEAT_S`: this worker's event loop turns."""
    FULL = b"o"
    """To the supervisor: no connection for the moment, for want of descriptors; until the next `ALIVE`."""
    MAY_I_GO = b"g"
    """To the supervisor: this worker has been asked to end, perhaps alone."""
    FAILED = b"x"
    """To the supervisor, before anything else: this worker can't start; what follows is why, in UTF-8."""


class Port:
    """Sockets of its own."""

    def __init__(self, listeners: list[socket.socket], departure: Departure) -> None:
        self._listeners = listeners
        self._departure = departure
        self._servers: list[asyncio.Server] = []

    async def open(self, connection: ConnectionFactory) -> None:
        """Listen."""
        self._connection = connection
        loop = asyncio.get_running_loop()
        for listener in self._listeners:  # a copy for the loop, which closes it: the backlog lives as long as ours
            self._servers.append(await loop.create_server(connection, sock=listener.dup(), backlog=ports.BACKLOG))
            logger.info("Uvicorn running on %s (Press CTRL+C to quit)", ports.url(listener))

    async def closed(self) -> None:
        """Listen until the notice is over, then accept what is in the backlog, and no more."""
        await self._departure.notice_is_over()
        for listener in self._listeners:
            ports.refuse_newcomers(listener)
        await asyncio.sleep(ports.SETTLE_S)
        loop = asyncio.get_running_loop()
        for server in self._servers:
            server.close()
        for listener in self._listeners:
            for late in ports.waiting(listener):
                with suppress(OSError):  # a client that has left already
                    await loop.connect_accepted_socket(self._connection, late)
            listener.close()


class Handover:
    """Connections that a supervisor accepted. If it ends, however it ends, so does this server."""

    def __init__(self, channel: socket.socket, departure: Departure) -> None:
        self._channel = channel
        self._departure = departure
        self._no_more = asyncio.Event()
        self._arriving: set[asyncio.Task[object]] = set()

    def ask_to_go(self) -> None:
        """Tell the supervisor that this process was asked to end: it knows whether all are."""
        try:
            self._channel.send(Word.MAY_I_GO)
        except OSError:  # it has ended
            self._end()

    def give_up(self, why: str) -> None:
        """Tell the supervisor that this worker can't start."""
        with suppress(OSError):
            self._channel.sendall(Word.FAILED + why.encode())

    async def open(self, connection: ConnectionFactory) -> None:
        """Tell the supervisor that connections are welcome."""
        self._connection = connection
        self._channel.setblocking(False)
        asyncio.get_running_loop().add_reader(self._channel.fileno(), self._listen)
        try:
            self._channel.send(Word.READY)
        except OSError:
            self._end()
        self._beat()

    async def closed(self) -> None:
        """Wait for the supervisor's word that it sends no more, or for its end."""
        await self._no_more.wait()
        if self._arriving:
            await asyncio.wait(self._arriving)

    def _beat(self) -> None:
        self._mention(Word.ALIVE)
        asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _mention(self, word: Word) -> None:
        with suppress(OSError):  # a supervisor that is held up has heard enough, and one that has ended doesn't listen
            self._channel.send(word)

    def _listen(self) -> None:
        while True:
            try:
                word, descriptors, flags, _ = socket.recv_fds(self._channel, 1, 1)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                word, descriptors, flags = b"", [], 0
            self._take(descriptors, flags)
            if word == Word.FURTHER:
                self._departure.further()
            elif word == Word.NO_MORE:
                self._end()
            elif not word:
                asyncio.get_running_loop().remove_reader(self._channel.fileno())
                self._end()
                return

    def _take(self, descriptors: list[int], flags: int) -> None:
        for descriptor in descriptors:
            self._welcome(socket.socket(fileno=descriptor))
        if flags & socket.MSG_CTRUNC:
            logger.error("a connection is lost: no descriptors left")
            self._mention(Word.FULL)

    def _welcome(self, arrival: socket.socket) -> None:
        arrival.setblocking(False)
        if arrival.family in (socket.AF_INET, socket.AF_INET6):
            arrival.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(loop.connect_accepted_socket(self._connection, arrival))
        self._arriving.add(task)
        task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[object]) -> None:
        self._arriving.discard(task)
        if not task.cancelled() and task.exception() is not None:  # the client has left already
            logger.debug("a connection was lost before it was made: %s", type(task.exception()).__name__)

    def _end(self) -> None:
        self._departure.reach(Step.LEAVING)
        self._no_more.set()
