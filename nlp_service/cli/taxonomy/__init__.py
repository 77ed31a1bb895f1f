"""`nlp-service taxonomy`: whether a tree is sound, and what a new version of it changes."""

import click

from nlp_service.cli.taxonomy.check import check
from nlp_service.cli.taxonomy.diff import diff


@click.group()
def taxonomy() -> None:
    """Work on a taxonomy file."""


for command in (check, diff):
    taxonomy.add_command(command)
