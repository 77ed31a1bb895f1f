"""`nlp-service serve`: the HTTP service."""

import logging
from typing import Any

import click

from nlp_service.cli.options import given, settings_options

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


@click.command()
@settings_options()
def serve(**options: Any) -> None:
    """Serve the HTTP API. Every flag can be given as the environment variable named behind it; the flag wins."""
    import uvicorn

    from nlp_service import settings as configuration
    from nlp_service.api.app import create_app
    from nlp_service.assembly import running
    from nlp_service.telemetry import Telemetry

    settings = configuration.load(given(options))
    logging.basicConfig(level=settings.log_level.upper(), format=LOG_FORMAT)
    telemetry = Telemetry()
    app = create_app(
        lambda: running(settings, telemetry),
        telemetry=telemetry,
        max_body_bytes=settings.max_body_bytes,
        request_timeout_ms=settings.request_timeout_ms,
    )
    # The API logs each request itself, by route: uvicorn's access log would write the raw path.
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False, log_config=None)
