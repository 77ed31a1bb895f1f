"""`nlp-service analyze FILE`: transcripts in, results out, with a summary to read."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli import terminal
from nlp_service.cli.options import SERVER_ONLY, given, settings_options
from nlp_service.cli.transcripts import Transcripts
from nlp_service.errors import DataError

if TYPE_CHECKING:
    from rich.console import Console

    from nlp_service.contracts import DocumentResult, Journey
    from nlp_service.settings import Settings

TOP_REASONS = 10
SHARE_FORMAT = "{count}  ({share:.0%})"


@dataclass
class Summary:
    """What an analyst wants to know first about a file of conversations."""

    documents: int = 0
    skipped: int = 0
    sentences: int = 0
    questions: int = 0
    sentiment: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)

    def add(self, result: "DocumentResult") -> None:
        """Count one document; sentiment is of the customer's sentences."""
        self.documents += 1
        self.skipped += bool(result.skipped)
        self.sentences += len(result.sentences or ())
        self.questions += len(result.questions or ())
        self.sentiment.update(s.sentiment for s in result.sentences or () if s.speaker == "customer")
        if result.reasons:
            main = result.reasons[0]
            self.reasons[" › ".join(node.name for node in main.path) or main.status] += 1
        if result.journey:
            self.ends[_ending(result.journey)] += 1

    def show(self, console: "Console") -> None:
        """Print the tables."""
        table = terminal.table("", "", has_header=False)
        table.add_row("documents", f"{self.documents}, of which {self.skipped} with something skipped")
        table.add_row("sentences", str(self.sentences))
        table.add_row("questions and requests", str(self.questions))
        for name, counter in (("customers' sentences", self.sentiment), ("conversations that end", self.ends)):
            for value, count in counter.most_common():
                table.add_row(f"{name}: {value}", SHARE_FORMAT.format(count=count, share=count / counter.total()))
        console.print(table)
        reasons = terminal.table("main contact reason", "documents")
        for reason, count in self.reasons.most_common(TOP_REASONS):
            reasons.add_row(reason, SHARE_FORMAT.format(count=count, share=count / self.documents))
        console.print(reasons)


def _ending(journey: "Journey") -> str:
    """How the end compares with the beginning; what leans nowhere as a score is no change either."""
    from nlp_service.tasks.sentiment.journey import NEGATIVE_BELOW

    change = journey.end - journey.start
    if abs(change) <= -NEGATIVE_BELOW:
        return "about as they began"
    return "better than they began" if change > 0 else "worse than they began"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="Results file.  [default: FILE, without .jsonl, + .results.jsonl]",
)
@settings_options(without=SERVER_ONLY)
def analyze(file: Path, output: Path | None, **options: Any) -> None:
    """Analyse the transcripts in FILE and write one result a line.

    FILE is JSON Lines in the form of the HTTP interface, {"id"?, "turns"} or {"id"?, "text"}, or a table (.csv, .tsv or
    .parquet) of tickets with the columns text, id, at, channel and language; only text is needed.

    A line that can't be used is named on stderr and left out; the others are analysed, and the exit code is 2. Earlier
    results are replaced once all is done; what an interrupted run had done is kept in a file that it names. If the
    results go to no file, but e.g. to /dev/stdout, the summary goes to stderr.
    """
    from nlp_service import settings as configuration
    from nlp_service.review.files import refuse_same

    settings = configuration.load(given(options))
    transcripts = Transcripts(file)
    output = output or _beside(file)
    refuse_same(file, output)
    if transcripts.is_empty:
        raise DataError(f"{file}: holds no transcripts")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as with Ctrl-C
    asyncio.run(_analyze(transcripts, output, settings))
    transcripts.raise_if_refused()


def _beside(file: Path) -> Path:
    """Where the results go by default; endings but .jsonl stay, so that those of chats.csv and chats.jsonl are two."""
    return file.with_name(file.name.removesuffix(".jsonl") + ".results.jsonl")


async def _analyze(transcripts: Transcripts, output: Path, settings: "Settings") -> None:
    from pydantic import TypeAdapter

    from nlp_service.assembly import running
    from nlp_service.contracts import DocumentResult
    from nlp_service.review.files import replacing
    from nlp_service.telemetry import Telemetry

    summary, adapter = Summary(), TypeAdapter(DocumentResult)
    stderr = _is_passed_on(output)
    with replacing(output, abandon=partial(_keep, output)) as out:
        async with running(settings, Telemetry()) as service:
            for documents in transcripts:
                for result in await service.analysis.analyze(documents):
                    summary.add(result)
                    row = {**adapter.dump_python(result, mode="json"), "model": service.analysis.digests()}
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
        if not summary.documents:
            transcripts.raise_if_refused()
    summary.show(terminal.console(stderr=stderr))
    click.echo(f"results: {output}", err=stderr)


def _is_passed_on(output: Path) -> bool:
    """Whether stdout may be where the results go, or end up, so that nothing else belongs there."""
    if output.exists() and not output.is_file():
        return True
    with suppress(OSError):  # stdout is no file, or there are no results yet
        return os.path.samestat(output.stat(), os.fstat(sys.stdout.fileno()))
    return False


def _keep(output: Path, unfinished: Path) -> None:
    """Tell where the results so far are, if there are any."""
    if unfinished.stat().st_size:
        click.echo(f"{output}: not finished; the results so far are in {unfinished}", err=True)
    else:
        unfinished.unlink()
