"""uvicorn's server and its HTTP/1.1, but leaving without dropping anything that was sent to it.

uvicorn closes idle connections the moment it is asked to end, under requests that are on their way, never says
`Connection: close` before, and resets what waits in the backlog (its #2414, #2757); gunicorn too (#1236, #3612).
"""

import asyncio
import logging
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import socket
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from nlp_service.serving.departure import Departure, Step

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEEP_ALIVE_S = 75
"""Longer than load balancers keep an idle connection (nginx and AWS: 60 s): then they close it, and no race is lost."""
IDLE_S = 2.0
"""Once the server is leaving, time for a connection to send one more request and to hear of it in the answer."""
HURRIED_IDLE_S = 0.1
HEAD_S = 30.0
"""Time for a request's headers to arrive; `IDLE_S` once the server is leaving."""
LOOK_S = 0.02
CUT_S = 1.0
"""For requests that are cut off to come to an end."""

logger = logging.getLogger(__name__)
ConnectionFactory = Callable[[], asyncio.Protocol]


class Entrance(Protocol):
    """Where connections come from."""

    async def open(self, connection: ConnectionFactory) -> None:
        """Let connections in."""
        ...

    async def closed(self) -> None:
        """Wait until it is time to let no more in; all that came until then are in."""
        ...


class Connection(HttpToolsProtocol):
    """A connection that knows whether a request is under way, and doesn't wait for headers without end."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to be idle."""
        super().connection_made(transport)  # type: ignore[arg-type] # uvicorn narrows asyncio's own type
        self._under_way = 0
        self._idle_since = monotonic()
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_head_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request's first byte is here."""
        self._idle_since = monotonic()
        self._head_timer = self.loop.call_later(HEAD_S, self._close_if_idle)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The request can be answered."""
        self._stop_head_timer()
        self._under_way += 1
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Its answer is sent."""
        self._under_way -= 1
        self._idle_since = monotonic()
        super().on_response_complete()

    def is_idle(self, since: float, patience: float) -> bool:
        """Whether there was no request for `patience` seconds, or no more than a part of its headers for `IDLE_S`.

        Args:
            since: where to begin to count, by the monotonic clock.
            patience: in seconds.
        """
        if self._head_timer is not None:
            patience = IDLE_S
        return not self._under_way and monotonic() - max(self._idle_since, since) >= patience

    def close_unless_spoken_to(self) -> None:
        """Close it, unless there is something that the event loop hasn't come to read yet."""
        descriptor = self.transport.get_extra_info("socket").fileno()
        if descriptor >= 0 and not _readable(descriptor):
            self.transport.close()

    def _close_if_idle(self) -> None:
        """Unless headers were sent ahead of the answer to an earlier request."""
        if not self._under_way:
            self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class Farewell:
    """Pure ASGI: says `Connection: close` in every answer once the server is leaving; uvicorn then closes it."""

    def __init__(self, app: "ASGIApp", departure: Departure) -> None:
        self._app = app
        self._departure = departure

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        async def send_farewell(message: "Message") -> None:
            if message["type"] == "http.response.start" and self._departure.has_begun():
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive, send_farewell)


class Server(uvicorn.Server):
    """Serves what comes through an entrance until its departure."""

    def __init__(self, app: "ASGIApp", entrance: Entrance, departure: Departure) -> None:
        # The API logs each request itself, by route: uvicorn's access log would write the raw path.
        super().__init__(
            uvicorn.Config(
                Farewell(app, departure),
                http=Connection,
                ws="none",
                access_log=False,
                log_config=None,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )
        self._entrance = entrance
        self._departure = departure

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for whoever started the server: they lead to `Departure`."""
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:  # noqa: ARG002 - as uvicorn calls it
        """Start the application, then let connections in."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        await self._entrance.open(
            lambda: Connection(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        )
        self.started = True

    async def main_loop(self) -> None:
        """Serve until the entrance is closed, and keep the `Date` header going until all is over."""
        self._ticking = asyncio.create_task(super().main_loop())
        await self._entrance.closed()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:  # noqa: ARG002
        """Finish what is under way, then end the application."""
        await self._drain()
        self._ticking.cancel()
        await self._cut_off()
        await self.lifespan.shutdown()

    async def _drain(self) -> None:
        deadline = monotonic() + self._departure.drain_s
        while self.server_state.connections or self.server_state.tasks:
            if self._departure.step >= Step.CUT_OFF or monotonic() >= deadline:
                return
            self._close_idle()
            await asyncio.sleep(LOOK_S)

    def _close_idle(self) -> None:
        """Close connections that have been idle for long enough since they could hear of the departure."""
        patience = IDLE_S if self._departure.step < Step.HURRYING else HURRIED_IDLE_S
        heard = self._departure.began_at or 0.0
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection) and connection.is_idle(heard, patience):
                connection.close_unless_spoken_to()

    async def _cut_off(self) -> None:
        tasks = list(self.server_state.tasks)
        if tasks:
            logger.error("not answered in time and cut off: %d requests", len(tasks))
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=CUT_S)
        for connection in list(self.server_state.connections):
            with suppress(AttributeError):  # one that was never made
                connection.transport.close()


def _readable(descriptor: int) -> bool:
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])
