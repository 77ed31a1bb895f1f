"""`nlp-service journey IN OUT`: where along the journey customers feel worst and best, over many conversations."""

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli.options import SERVER_ONLY, given, settings_options
from nlp_service.cli.transcripts import Transcripts
from nlp_service.errors import DataError

if TYPE_CHECKING:
    from nlp_service.analysis import Analysis
    from nlp_service.journeys.aggregation import Aggregate
    from nlp_service.journeys.report import JourneyReport
    from nlp_service.phrases import Language
    from nlp_service.settings import Settings

COMMAS = re.compile("[,，、]")
WRITTEN = ("journey.json", "journey.md", "journey.svg", "journey.csv")
"""The files of the folder OUT."""


@click.command()
@click.argument("file", metavar="IN", type=click.Path(path_type=Path))
@click.argument("folder", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--stages",
    default="",
    help="Order of the stages, e.g. `ordering,delivery,service`; others come after.  [default: the tree's]",
)
@click.option(
    "--least",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Conversations that a stage or a reason needs to be drawn; with fewer it is marked in the tables.",
)
@settings_options(without=SERVER_ONLY)
def journey(file: Path, folder: Path, stages: str, least: int, **options: Any) -> None:
    """Follow customers' sentiment through the transcripts in IN, over all of them together.

    IN is what `analyze` reads, a table of tickets among it.

    Writes journey.json, journey.md (tables to read), journey.csv (one table for a spreadsheet) and journey.svg (one
    picture) into the folder OUT: by stage, contact reason, channel, day and speaker, with numbers of conversations and
    95 % intervals. Picture and tables to read are in the language of most conversations. A line that can't be used is
    named on stderr and left out; the others are used, and the exit code is 2.
    """
    from nlp_service import settings as configuration
    from nlp_service.review.files import refuse_same

    settings = configuration.load(given(options))
    for name in WRITTEN:
        refuse_same(file, folder / name)
    transcripts = Transcripts(file)
    if transcripts.is_empty:
        raise DataError(f"{file}: holds no transcripts")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: can't be made: {error.strerror}") from None
    order = [name for part in COMMAS.split(stages) if (name := part.strip())]
    report, language, models = asyncio.run(_follow(transcripts, settings, order, least))
    _warn_of_unknown(order, report)
    _write(folder, report, language, models)
    transcripts.raise_if_refused()


async def _follow(
    transcripts: Transcripts, settings: "Settings", order: list[str], least: int
) -> tuple["JourneyReport", "Language", dict[str, str]]:
    """The report, the language to write it in, and the digests of the models that it rests on."""
    from nlp_service.assembly import running
    from nlp_service.journeys.aggregation import Aggregate
    from nlp_service.telemetry import Telemetry

    aggregate = Aggregate()
    async with running(settings, Telemetry()) as service:
        for documents in transcripts:
            results = await service.analysis.analyze(documents, ("reasons", "sentiment"))
            for document, result in zip(documents, results, strict=True):
                aggregate.add(document, result)
        report = _report(aggregate, service.analysis, order, least)
        return report, aggregate.language, service.analysis.digests()


def _report(aggregate: "Aggregate", analysis: "Analysis", order: list[str], least: int) -> "JourneyReport":
    """Contact reasons and stages are named in the language of most documents.

    If no order is given, stages stand in the order in which the tree names them, or has them at its top level.
    """
    from nlp_service.journeys.names import Names

    (taxonomy,) = analysis.taxonomies().values()
    names = Names(taxonomy, aggregate.language)
    stages = (taxonomy.stage(node.code) for node in taxonomy.below(None))
    codes = [node.code for node in taxonomy.children(None)]
    return aggregate.report(names.reason, names.stage, least=least, stages=order or [*filter(None, stages), *codes])


def _warn_of_unknown(order: list[str], report: "JourneyReport") -> None:
    known = {group.code for group in report.stages}
    for name in order:
        if name not in known:
            click.echo(f"--stages: no sentence belongs to '{name}'", err=True)


def _write(folder: Path, report: "JourneyReport", language: "Language", models: dict[str, str]) -> None:
    from pydantic import TypeAdapter

    from nlp_service.journeys.findings import findings
    from nlp_service.journeys.picture import picture
    from nlp_service.journeys.report import JourneyReport
    from nlp_service.journeys.tables import COLUMNS, markdown, rows
    from nlp_service.journeys.words import Words
    from nlp_service.review.files import replacing
    from nlp_service.review.tables import write_table

    found = findings(report, Words(language))
    written = {**TypeAdapter(JourneyReport).dump_python(report, mode="json"), "title": found.title, "model": models}
    contents = {
        "journey.json": json.dumps(written, ensure_ascii=False, indent=2) + "\n",
        "journey.md": markdown(report, found),
        "journey.svg": picture(report, found),
    }
    for name, content in contents.items():
        with replacing(folder / name) as out:
            out.write(content)
    write_table(folder / "journey.csv", COLUMNS, rows(report))
    click.echo(found.title)
    for name in WRITTEN:
        click.echo(f"written: {folder / name}")
