"""The command line. Each command imports what it needs when it runs, so that `--help` answers at once."""

import sys

import click

from nlp_service.cli.analyze import analyze
from nlp_service.cli.catalogue import models
from nlp_service.cli.cluster import cluster
from nlp_service.cli.journey import journey
from nlp_service.cli.review import review
from nlp_service.cli.serve import serve
from nlp_service.cli.tag import tag
from nlp_service.cli.taxonomy import taxonomy
from nlp_service.errors import ServiceError

UNUSABLE_INPUT = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="nlp-service")
def cli() -> None:
    """Text analytics for customer feedback: contact reasons, sentiment, frequent questions, FAQ answers."""


for command in (serve, analyze, tag, cluster, journey, models, taxonomy, review):
    cli.add_command(command)


def main() -> None:
    """Run a command; what can't be used as input ends in plain lines on stderr and exit code 2."""
    try:
        cli()
    except ServiceError as error:
        print(f"nlp-service: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(UNUSABLE_INPUT)
