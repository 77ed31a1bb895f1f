"""One call to a route that works on texts: what its headers ask for, its time, and a client that may leave early."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import MappingProxyType
from typing import Any, TypeVar

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from nlp_service.api.bodies import check, receive
from nlp_service.api.problems import InvalidHeaderError
from nlp_service.api.requests import RequestModel
from nlp_service.api.services import runtime_of
from nlp_service.calls import Call, Lane, calling
from nlp_service.errors import DeadlineExceededError

M = TypeVar("M", bound=RequestModel)

TIMEOUT_HEADER = "X-Request-Timeout-Ms"
PRIORITY_HEADER = "X-Priority"
WATCH_AFTER_S = 0.01
"""Most answers are on their way by then, and are spared the cost of watching their client."""

PARAMETERS: tuple[dict[str, Any], ...] = (
    {
        "name": TIMEOUT_HEADER,
        "in": "header",
        "required": False,
        "description": "milliseconds that the answer may take, counted from the arrival of the request's headers; the "
        "service's own limit, if that is less",
        "schema": {"type": "integer", "minimum": 1},
    },
    {
        "name": PRIORITY_HEADER,
        "in": "header",
        "required": False,
        "description": "`bulk` work gives way to `interactive` work; by the amount of work if not given",
        "schema": {"type": "string", "enum": ["interactive", "bulk"]},
    },
)
"""The headers, as OpenAPI describes them."""

_LANES: MappingProxyType[str, Lane] = MappingProxyType({"interactive": "interactive", "bulk": "bulk"})


@asynccontextmanager
async def call(request: Request, model: type[M]) -> AsyncIterator[M]:
    """Take the request in, and do the block's work on it as long as its time lasts and its client is there.

    Raises:
        InvalidHeaderError: and whatever `bodies.receive` and `bodies.check` raise, before the block begins.
        DeadlineExceededError: if the time was up first; receiving and checking the body counts.
        ClientDisconnect: if the client left first. One that closes only its sending side has left, too: uvicorn then
            closes the connection.
    """
    arrived = time.monotonic()
    limit_s = min(_timeout_s(request.headers), runtime_of(request).timeout_s)
    lane = _lane(request.headers)
    body = await receive(request, limit_s)
    wishes = Call(lane, arrived + limit_s, identity=hash((request.scope["path"], body)))
    client = _Client(request.receive)
    try:
        async with asyncio.timeout_at(wishes.deadline) as timer:
            with client.watched(timer), calling(wishes):
                wanted = await check(request, body, model)
                del body  # may be large, and the work long
                yield wanted
    except TimeoutError:
        if client.left:
            raise ClientDisconnect from None
        if not timer.expired():
            raise
        raise DeadlineExceededError(f"no answer within {limit_s:g} s") from None


class _Client:
    """Whoever waits for an answer.

    Attributes:
        left: it doesn't any more.
    """

    def __init__(self, receive: Receive) -> None:
        self.left = False
        self._receive = receive
        self._watching: asyncio.Task[None] | None = None

    @contextmanager
    def watched(self, timer: asyncio.Timeout) -> Iterator[None]:
        """Let the timer run out at once if the client leaves during the block."""
        start = asyncio.get_running_loop().call_later(WATCH_AFTER_S, self._start, timer)
        try:
            yield
        finally:
            start.cancel()
            if self._watching is not None:
                self._watching.cancel()
                # Its traceback leads here: kept, the two would be garbage that only a collector's round finds.
                self._watching = None

    def _start(self, timer: asyncio.Timeout) -> None:
        self._watching = asyncio.create_task(self._watch(timer))

    async def _watch(self, timer: asyncio.Timeout) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not timer.expired():
            self.left = True
            timer.reschedule(asyncio.get_running_loop().time())


def _timeout_s(headers: Headers) -> float:
    """Seconds the caller will wait; infinite if it doesn't say, or says a number beyond all measure."""
    value = _single(headers, TIMEOUT_HEADER)
    if value is None:
        return float("inf")
    milliseconds = float(value) if value.isascii() and value.isdecimal() else 0.0
    if milliseconds < 1:
        raise InvalidHeaderError(f"{TIMEOUT_HEADER} must be a whole number of milliseconds, at least 1")
    return milliseconds / 1000


def _lane(headers: Headers) -> Lane | None:
    value = _single(headers, PRIORITY_HEADER)
    if value is None:
        return None
    if value not in _LANES:
        raise InvalidHeaderError(f"{PRIORITY_HEADER} must be interactive or bulk")
    return _LANES[value]


def _single(headers: Headers, name: str) -> str | None:
    """A header's value. Lines of the same name make one list (RFC 9110, section 5.3), which neither header takes."""
    values = headers.getlist(name)
    return ", ".join(values) if values else None
