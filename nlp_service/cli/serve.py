"""`nlp-service serve`: the HTTP service."""

import asyncio
import logging
import signal
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli.options import given, settings_options

if TYPE_CHECKING:
    from nlp_service.settings import Settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


@click.command()
@settings_options()
def serve(**options: Any) -> None:
    """Serve the HTTP API. Every flag can be given as the environment variable named behind it; the flag wins."""
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
    from nlp_service.assembly import running
    from nlp_service.telemetry import Telemetry

    telemetry = Telemetry()
    async with running(settings, telemetry) as service:
        app = create_app(
            lambda: nullcontext(service),
            telemetry=telemetry,
            max_body_bytes=settings.max_body_bytes,
            request_timeout_ms=settings.request_timeout_ms,
        )
        # The API logs each request itself, by route: uvicorn's access log would write the raw path.
        config = uvicorn.Config(app, host=settings.host, port=settings.port, access_log=False, log_config=None)
        await uvicorn.Server(config).serve()


def _stop(*_: object) -> None:
    """End well on SIGTERM: uvicorn drains and then raises the signal again, which would skip our own closing."""
    raise SystemExit(0)
