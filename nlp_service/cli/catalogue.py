"""`nlp-service models`: what is there, and whether it is sound."""

from typing import Any

import click

from nlp_service.cli import terminal
from nlp_service.cli.options import SERVER_ONLY, given, settings_options


@click.command()
@settings_options(without=SERVER_ONLY)
def models(**options: Any) -> None:
    """List the models as configured, after verifying their digests."""
    from nlp_service import artifact
    from nlp_service import settings as configuration

    settings = configuration.load(given(options))
    table = terminal.table("task", "name", "version", "digest", "folder")
    folders = {
        "encoder": settings.encoder,
        "reasons": settings.reasons,
        "sentiment": settings.sentiment,
        "emotions": settings.emotions,
        "kinds": settings.kinds,
        "questions": settings.questions,
        "faq": settings.faq_model,
    }
    for kind, folder in folders.items():
        model = artifact.load(folder, kind)
        table.add_row(kind, model.name, model.version, model.digest[:12], str(folder))
    terminal.console().print(table)
