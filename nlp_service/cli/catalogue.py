"""`nlp-service models` and `nlp-service taxonomy`: what is there, and whether it is sound."""

from pathlib import Path
from typing import Any

import click

from nlp_service.cli.options import SERVER_ONLY, given, settings_options


@click.command()
@settings_options(without=SERVER_ONLY)
def models(**options: Any) -> None:
    """List the models as configured, after verifying their digests."""
    from rich.console import Console
    from rich.table import Table

    from nlp_service import artifact
    from nlp_service import settings as configuration

    settings = configuration.load(given(options))
    table = Table("task", "name", "version", "digest", "folder")
    folders = {
        "encoder": settings.encoder,
        "reasons": settings.reasons,
        "sentiment": settings.sentiment,
        "kinds": settings.kinds,
        "faq": settings.faq_model,
    }
    for kind, folder in folders.items():
        model = artifact.load(folder, kind)
        table.add_row(kind, model.name, model.version, model.digest[:12], str(folder))
    Console().print(table)


@click.group()
def taxonomy() -> None:
    """Work on a taxonomy file."""


@taxonomy.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a taxonomy FILE: errors end with exit code 2; advice doesn't."""
    from nlp_service import taxonomy as trees

    tree = trees.load(file)
    for advice in trees.advise(tree):
        click.echo(f"advice: {advice}")
    click.echo(f"{file}: {len(tree.nodes)} nodes, {len(tree.leaves)} leaves, {tree.depth} levels: sound")
