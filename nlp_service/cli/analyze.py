"""`nlp-service analyze FILE`: transcripts in, results out, with a summary to read."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli.options import SERVER_ONLY, given, settings_options
from nlp_service.errors import DataError

if TYPE_CHECKING:
    from rich.console import Console

    from nlp_service.contracts import Document, DocumentResult
    from nlp_service.settings import Settings

DOCUMENTS_AT_ONCE = 16
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
            better = result.journey.end > result.journey.start
            self.ends["better than it began" if better else "no better than it began"] += 1

    def show(self, console: "Console") -> None:
        """Print the tables."""
        from rich.table import Table

        table = Table(show_header=False)
        table.add_row("documents", f"{self.documents}, of which {self.skipped} with something skipped")
        table.add_row("sentences", str(self.sentences))
        table.add_row("questions and requests", str(self.questions))
        for name, counter in (("customers' sentences", self.sentiment), ("conversations that end", self.ends)):
            for value, count in counter.most_common():
                table.add_row(f"{name}: {value}", SHARE_FORMAT.format(count=count, share=count / counter.total()))
        console.print(table)
        reasons = Table("main contact reason", "documents")
        for reason, count in self.reasons.most_common(TOP_REASONS):
            reasons.add_row(reason, SHARE_FORMAT.format(count=count, share=count / self.documents))
        console.print(reasons)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Results file.  [default: FILE.results.jsonl]")
@settings_options(without=SERVER_ONLY)
def analyze(file: Path, output: Path | None, **options: Any) -> None:
    """Analyse the transcripts in FILE (JSON Lines) and write one result a line.

    A line that can't be used is named on stderr and left out; the others are analysed, and the exit code is 2.
    """
    from nlp_service import settings as configuration

    settings = configuration.load(given(options))
    lines = _lines(file)
    refused = asyncio.run(_analyze(lines, file, output or file.with_suffix(".results.jsonl"), settings))
    if refused:
        raise DataError(f"{file}: {refused} of {len(lines)} lines could not be used")


async def _analyze(lines: Sequence[tuple[int, str]], file: Path, output: Path, settings: "Settings") -> int:
    """Analyse all usable lines; the number of the others."""
    from pydantic import TypeAdapter
    from rich.console import Console
    from rich.progress import track

    from nlp_service.assembly import running
    from nlp_service.contracts import DocumentResult
    from nlp_service.telemetry import Telemetry

    console, summary, refused = Console(stderr=True), Summary(), 0
    adapter = TypeAdapter(DocumentResult)
    starts = range(0, len(lines), DOCUMENTS_AT_ONCE)
    with output.open("w", encoding="utf-8") as out:
        async with running(settings, Telemetry()) as service:
            for start in track(
                starts, f"analysing {len(lines)} lines", console=console, disable=not console.is_terminal
            ):
                chunk = lines[start : start + DOCUMENTS_AT_ONCE]
                documents = list(_documents(chunk, file))
                refused += len(chunk) - len(documents)
                for result in await service.analysis.analyze(documents):
                    summary.add(result)
                    row = {**adapter.dump_python(result, mode="json"), "model": service.analysis.digests()}
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
    summary.show(Console())
    click.echo(f"results: {output}")
    return refused


def _lines(file: Path) -> list[tuple[int, str]]:
    """The lines that aren't blank, with their numbers; bytes that aren't UTF-8 make their own line unusable only."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: can't be read: {error.strerror}") from None
    numbered = enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1)
    return [(number, line.decode("utf-8", "surrogateescape")) for number, line in numbered if line.strip()]


def _documents(lines: Sequence[tuple[int, str]], file: Path) -> Iterator["Document"]:
    from pydantic import TypeAdapter, ValidationError

    from nlp_service.api.requests import Document

    adapter: TypeAdapter[Any] = TypeAdapter(Document)
    for number, line in lines:
        try:
            yield adapter.validate_json(line).record()
        except (ValidationError, UnicodeEncodeError) as error:
            print(f"{file}: line {number}: {_problem(error)}", file=sys.stderr)  # noqa: T201


def _problem(error: Exception) -> str:
    """What is wrong with a line, without any of its text."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return "not UTF-8"
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "not valid JSON"
    place = "/".join(str(part) for part in first["loc"] if not str(part).startswith("@"))
    known = first["type"] != "extra_forbidden"
    return f"{place}: {first['msg']}" if known else "has an unknown field"
