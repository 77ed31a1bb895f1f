"""The application: routes, error handlers and middleware around one running service."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from nlp_service.api import openapi
from nlp_service.api.middleware import RequestObserver
from nlp_service.api.routes import (
    analysis,
    catalogue,
    documentation,
    embeddings,
    health,
    jobs,
    questions,
    redaction,
)
from nlp_service.api.services import Runtime, Service
from nlp_service.jobs import JobDesk
from nlp_service.telemetry import Telemetry

API_VERSION = "1.0.0"
"""Of the HTTP interface, not of the package."""

_GROUPS = (analysis, embeddings, questions, redaction, jobs, catalogue, health, documentation)
"""Tried in this order: those that are called most come first."""

_logger = logging.getLogger("nlp_service.api")


class Application(FastAPI):
    """FastAPI with the parts of the OpenAPI document that it can't derive, and without what its requests don't need.

    Its own layers around the router, and those around each route's function, inject and validate and write what these
    routes read and write themselves; they would cost a third of a small request.
    """

    def __init__(self, runtime: Runtime, routes: list[BaseRoute], **options: Any) -> None:
        direct = [_direct(route) for route in routes]
        super().__init__(routes=[*direct, *_heads(direct)], **options)
        self.state.runtime = runtime
        self._observed = RequestObserver(self.router, runtime.telemetry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, past FastAPI's layers."""
        scope["app"] = self
        await self._observed(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi.complete(super().openapi())
        return self.openapi_schema


def create_app(
    start: Callable[[], AbstractAsyncContextManager[Service]],
    *,
    telemetry: Telemetry,
    max_body_bytes: int = 16_777_216,
    request_timeout_ms: int = 30_000,
    job_desk: JobDesk | None = None,
) -> FastAPI:
    """Build the application.

    Args:
        start: enters the running service. It is awaited before the port opens, so whoever can connect is answered; if
            it fails, the server logs why and ends with a non-zero status.
        max_body_bytes: largest request body.
        request_timeout_ms: time a request may take, its body's arrival included.
        job_desk: where jobs are handed in; without it, they are refused.
    """
    runtime = Runtime(telemetry, max_body_bytes, request_timeout_ms / 1000, job_desk)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with start() as service:
            runtime.running = service
            _logger.info("ready")
            try:
                yield
            finally:
                runtime.running = None

    return Application(
        runtime,
        [route for group in _GROUPS for route in group.router.routes],
        title="nlp-service",
        version=API_VERSION,
        description=f"{openapi.DESCRIPTION}\n{_limits(runtime)}",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )


def _direct(route: BaseRoute) -> BaseRoute:
    """The route with nothing between it and its function.

    The function gets the request, then the parameters in the path as text, and gives a response.
    """
    if not isinstance(route, APIRoute):
        return route
    answer = route.endpoint

    async def direct(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        response = await answer(request, *request.path_params.values())
        await response(scope, receive, send)

    lean = copy(route)
    lean.app = direct
    return lean


def _heads(routes: list[BaseRoute]) -> list[APIRoute]:
    """Those that answer GET, for HEAD (RFC 9110, section 9.1); the server then leaves out the body."""
    heads = [copy(route) for route in routes if isinstance(route, APIRoute) and "GET" in (route.methods or ())]
    for head in heads:
        head.methods = {"HEAD"}
        head.include_in_schema = False
    return heads


def _limits(runtime: Runtime) -> str:
    return (
        f"A body may have {runtime.max_body_bytes:,} bytes. A request may take {runtime.timeout_s:g} s, "
        "its body's arrival included."
    )
