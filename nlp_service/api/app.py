"""The application: routes, error handlers and middleware around one running service."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI

from nlp_service.api import openapi, problems
from nlp_service.api.middleware import RequestObserver
from nlp_service.api.routes import analysis, catalogue, embeddings, health, jobs, questions
from nlp_service.api.services import Runtime, Service
from nlp_service.jobs import JobDesk
from nlp_service.telemetry import Telemetry

API_VERSION = "1.0.0"
"""Of the HTTP interface, not of the package."""

_logger = logging.getLogger("nlp_service.api")


class Application(FastAPI):
    """FastAPI with the parts of the OpenAPI document that it can't derive."""

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
        request_timeout_ms: time for receiving a body, and again for the work on it.
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

    app = Application(
        title="nlp-service",
        version=API_VERSION,
        description=f"{openapi.DESCRIPTION}\n{_limits(runtime)}",
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.runtime = runtime
    app.add_middleware(RequestObserver, telemetry=telemetry)
    problems.install(app)
    for group in (analysis, questions, jobs, embeddings, catalogue, health):
        app.include_router(group.router)
    return app


def _limits(runtime: Runtime) -> str:
    return (
        f"A body may have {runtime.max_body_bytes:,} bytes and take {runtime.timeout_s:g} s to arrive; "
        f"the work on it may take {runtime.timeout_s:g} s."
    )
