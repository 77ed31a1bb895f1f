"""What happens around every request: times, metrics, one log line, and an answer to every error."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nlp_service.api.problems import failure_response, log_failure
from nlp_service.telemetry import UNMATCHED, RequestTimes, Telemetry

_logger = logging.getLogger("nlp_service.access")


class RequestObserver:
    """Pure ASGI, so that neither bodies nor cancellation pass through another task.

    All errors end here: further out, the server would log their messages, which may hold customer text.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._telemetry.request(scope["method"]) as times:
            try:
                await self._answer(scope, receive, send, times)
            finally:
                times.route = _route(scope)
                _log(times)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, times: RequestTimes) -> None:
        started = False

        async def send_timed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                times.status = message["status"]
                timing = (b"server-timing", _server_timing(times).encode("ascii"))
                message = {**message, "headers": [*message["headers"], timing]}
            await send(message)

        try:
            await self._app(scope, receive, send_timed)
        except Exception as error:
            if started:
                log_failure(error)
            else:
                await failure_response(error, scope)(scope, receive, send_timed)


def _log(times: RequestTimes) -> None:
    """One line a request; without looking for the code that writes it, which would cost as much as the rest."""
    if _logger.isEnabledFor(logging.INFO):
        what = (times.method, times.route, times.status, times.elapsed * 1000)
        _logger.handle(logging.LogRecord(_logger.name, logging.INFO, __file__, 0, "%s %s %d %.1f ms", what, None))


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", UNMATCHED))


def _server_timing(times: RequestTimes) -> str:
    """The header's value, milliseconds: the whole so far first, then each stage."""
    stages = {"total": times.elapsed, **times.stages}
    return ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in stages.items())
