"""`nlp-service serve`: the HTTP service."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli.options import given, settings_options
from nlp_service.errors import ServiceError

if TYPE_CHECKING:
    from nlp_service.assembly import Service
    from nlp_service.settings import Settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"

logger = logging.getLogger(__name__)


@click.command()
@settings_options()
def serve(**options: Any) -> None:
    """Serve the HTTP API. Every flag can be given as the environment variable named behind it; the flag wins.

    On SIGHUP, the contact-reason model and its taxonomy are read again and take the old ones' place if they pass a
    check; no request is refused meanwhile.
    """
    from nlp_service import settings as configuration

    settings = configuration.load(given(options))
    logging.basicConfig(level=settings.log_level.upper(), format=LOG_FORMAT)
    signal.signal(signal.SIGTERM, _stop)
    try:
        asyncio.run(_serve(settings))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


async def _serve(settings: "Settings") -> None:
    """Load and prove the models, then open the port: whoever can connect is answered."""
    import uvicorn

    from nlp_service.api.app import create_app
    from nlp_service.assembly import running, taking_jobs
    from nlp_service.telemetry import Telemetry

    # Listened for from the start: the signal's default is to end the process.
    hangup = asyncio.Event()
    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    telemetry = Telemetry()
    async with (
        running(settings, telemetry) as service,
        _reloading(service, hangup),
        taking_jobs(settings, service) as job_desk,
    ):
        app = create_app(
            lambda: nullcontext(service),
            telemetry=telemetry,
            max_body_bytes=settings.max_body_bytes,
            request_timeout_ms=settings.request_timeout_ms,
            job_desk=job_desk,
        )
        # The API logs each request itself, by route: uvicorn's access log would write the raw path.
        config = uvicorn.Config(app, host=settings.host, port=settings.port, access_log=False, log_config=None)
        await uvicorn.Server(config).serve()


@asynccontextmanager
async def _reloading(service: "Service", hangup: asyncio.Event) -> AsyncIterator[None]:
    """Reload whenever the event is set. Signals during a reload ask, all together, for one more after it."""

    async def reload_again_and_again() -> None:
        while await hangup.wait():
            hangup.clear()
            try:
                await service.reload()
            except ServiceError as error:
                problem = "; ".join(str(error).splitlines())
                logger.error("not reloaded, contact reasons are answered as before: %s", problem)

    task = asyncio.create_task(reload_again_and_again())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _stop(*_: object) -> None:
    """End well on SIGTERM: uvicorn drains and then raises the signal again, which would skip our own closing."""
    raise SystemExit(0)
