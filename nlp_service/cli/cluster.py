"""`nlp-service cluster IN OUT`: what customers keep asking, found, named and followed from one run to the next."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli.options import SERVER_ONLY, given, settings_options
from nlp_service.cli.progress import shown
from nlp_service.errors import DataError

if TYPE_CHECKING:
    from nlp_service.analysis import Analysis
    from nlp_service.cli.questions import Earlier, Numbered
    from nlp_service.cli.transcripts import Lines
    from nlp_service.contracts import Clustering, Feature, Kind, QuestionItem
    from nlp_service.frequent_questions.drafting import Entry
    from nlp_service.frequent_questions.gathering import Gathered
    from nlp_service.settings import Settings

KINDS = ("enquiry", "request", "complaint", "suggestion", "statement")
SENTENCES: "tuple[Feature, ...]" = ("sentiment",)
"""The feature of the analysis that tells sentences and their kinds."""
WRITTEN = ("report.html", "clusters.md", "questions.jsonl", "clusters.json", "clusters.csv")
"""The files of the folder OUT."""


@dataclass(frozen=True, slots=True)
class Task:
    """What was asked for, checked as far as it can be before any work."""

    file: Path
    folder: Path
    previous: "Earlier | None"
    draft_file: Path | None
    kinds: "tuple[Kind, ...]"
    least: int | None
    as_tickets: bool


@click.command()
@click.argument("file", metavar="IN", type=click.Path(path_type=Path))
@click.argument("folder", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--previous",
    type=click.Path(path_type=Path),
    help="OUT of an earlier run, or its clusters.json: clusters that live on keep ids and names. May be OUT itself.",
)
@click.option(
    "--draft-faq",
    "draft_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write candidate FAQ entries with the agents' typical answers, for people to edit; needs transcripts in IN.",
)
@click.option(
    "--sentence-kinds",
    default=",".join(KINDS[:4]),
    show_default=True,
    help="Kinds of sentences to take from transcripts; `statement` is possible too.",
)
@click.option(
    "--min-size", "least", type=click.IntRange(min=2), help="Questions a cluster needs.  [default: grows from 3]"
)
@click.option(
    "--tickets",
    "as_tickets",
    is_flag=True,
    help="A line with `text`, or a row of a table, is a ticket of several sentences: pick the questions out of it.",
)
@settings_options(without=SERVER_ONLY)
def cluster(
    file: Path,
    folder: Path,
    previous: Path | None,
    draft_file: Path | None,
    sentence_kinds: str,
    least: int | None,
    as_tickets: bool,
    **options: Any,
) -> None:
    """Find the questions that customers keep asking in IN, and write them into the folder OUT.

    A line of IN (JSON Lines) is a question as it stands, {"id"?, "text", "at"?}, or a transcript, {"id", "turns"},
    whose customers' questions are picked out. A table (.csv, .tsv or .parquet) has the columns text, id and at; only
    text is needed. With --tickets, texts are read like transcripts of one turn.

    OUT gets report.html (to look at), clusters.md and clusters.csv (tables to read and to go on with), clusters.json
    (everything, and what --previous reads; people may edit the names in it) and questions.jsonl (each question with
    its cluster). A line that can't be used is named on stderr and left out; the others are used, and the exit code
    is 2.
    """
    from nlp_service import settings as configuration
    from nlp_service.cli import questions
    from nlp_service.review.files import refuse_same

    settings = configuration.load(given(options))
    if draft_file and draft_file.exists():
        raise DataError(f"{draft_file}: exists already, perhaps with entries that people edited: name another file")
    for name in WRITTEN:
        refuse_same(file, folder / name)
    earlier = None if previous is None else questions.read_previous(previous)
    task = Task(file, folder, earlier, draft_file, _kinds(sentence_kinds), least, as_tickets)
    lines = questions.read(file, as_tickets=as_tickets)
    if lines.is_empty:
        raise DataError(f"{file}: holds no questions")
    if draft_file and not file.is_file():
        raise DataError(f"{file}: --draft-faq reads it twice: it must be a file")
    _make(folder)
    asyncio.run(_run(task, lines, settings))
    lines.raise_if_refused()


async def _run(task: Task, lines: "Lines[Numbered]", settings: "Settings") -> None:
    from nlp_service.assembly import running
    from nlp_service.telemetry import Telemetry

    async with running(settings, Telemetry()) as service:
        gathered = await _gather(lines, service.analysis, task.kinds)
        _tell(task.file, gathered)
        earlier, sample = task.previous or ((), ())
        with shown() as progress:
            found = await service.analysis.cluster(gathered.questions, earlier, progress, task.least, sample)
        _write(task, found, gathered, service.analysis.digests())
        if task.draft_file:
            _write_faq(task.draft_file, await _draft(task, found, gathered, service.analysis))


async def _gather(lines: "Lines[Numbered]", analysis: "Analysis", kinds: "Sequence[Kind]") -> "Gathered":
    from nlp_service.contracts import Document
    from nlp_service.frequent_questions.gathering import Asked, Gathered, customers_only, gather

    gathered = Gathered()
    for some in lines:
        documents = [customers_only(row) for _, row in some if isinstance(row, Document)]
        results = iter(await analysis.analyze(documents, SENTENCES) if documents else ())
        asked: list[Asked] = []
        for number, row in some:
            asked += gather(row, next(results), number, kinds) if isinstance(row, Document) else [Asked(row, number)]
        sentences = [one.question.text for one in asked if one.turn is not None]
        stand_alone = iter(await analysis.stand_alone(sentences) if sentences else ())
        for one in asked:
            if one.turn is None or next(stand_alone):
                gathered.add(one)
            else:
                gathered.fragments += 1
    return gathered


def _tell(file: Path, gathered: "Gathered") -> None:
    """What people should know of the questions before they are clustered.

    Raises:
        DataError: if there are none.
    """
    if not gathered.asked:
        raise DataError(f"{file}: nothing usable in it asks anything")
    if gathered.wordless:
        click.echo(f"{file}: {gathered.wordless} questions without a word left out", err=True)
    if gathered.fragments:
        what = "1 sentence" if gathered.fragments == 1 else f"{gathered.fragments} sentences"
        click.echo(f"{file}: left out {what} that can't be understood without the ones before", err=True)
    if gathered.repeated:
        click.echo(f"{file}: {gathered.repeated} ids came before: told apart as ID#2, ID#3 …", err=True)


async def _draft(task: Task, found: "Clustering", gathered: "Gathered", analysis: "Analysis") -> "list[Entry]":
    """Read the transcripts of clustered questions again, for what agents answered."""
    from nlp_service.cli import questions
    from nlp_service.contracts import Document
    from nlp_service.frequent_questions.drafting import draft
    from nlp_service.frequent_questions.replies import Replies

    replies = Replies(found.clusters, gathered.asked)
    for some in questions.read(task.file, as_tickets=task.as_tickets, only=replies.lines, verb="reading answers in"):
        documents: list[tuple[int, Document]] = [(number, row) for number, row in some if isinstance(row, Document)]
        parts = [replies.answering(document, number) for number, document in documents]
        results = await analysis.analyze(parts, SENTENCES) if parts else []
        for (number, document), result in zip(documents, results, strict=True):
            replies.add(document, result, number)
    return await draft(analysis, found.clusters, replies)


def _kinds(text: str) -> "tuple[Kind, ...]":
    chosen: list[Any] = [name for part in text.split(",") if (name := part.strip())]
    unknown = [name for name in chosen if name not in KINDS]
    if unknown or not chosen:
        raise click.BadParameter(f"choose from {', '.join(KINDS)}", param_hint="--sentence-kinds")
    return tuple(chosen)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: can't be made: {error.strerror}") from None


def _write(task: Task, found: "Clustering", gathered: "Gathered", models: dict[str, str]) -> None:
    from nlp_service.frequent_questions import report, tables
    from nlp_service.review.files import replacing
    from nlp_service.review.tables import write_table
    from nlp_service.tasks.questions import FALSE_ALARMS

    compared, questions = task.previous is not None, gathered.questions
    about = {"kinds": task.kinds, "min_size": task.least, "fragments": gathered.fragments, "model": models}
    contents = {
        "report.html": [
            report.page(
                found,
                questions,
                compared=compared,
                false_alarm_rate=FALSE_ALARMS,
                fragments=gathered.fragments,
            )
        ],
        "clusters.md": [tables.markdown(found, len(questions), compared=compared)],
        "questions.jsonl": _question_lines(found, questions),
        "clusters.json": tables.document(found, len(questions), compared=compared, about=about),
    }
    for name, content in contents.items():
        with replacing(task.folder / name) as out:
            out.writelines(content)
    write_table(task.folder / "clusters.csv", tables.COLUMNS, tables.rows(found, compared=compared))
    click.echo(tables.title(found, len(questions), compared=compared))
    for name in WRITTEN:
        click.echo(f"written: {task.folder / name}")


def _question_lines(found: "Clustering", questions: "Sequence[QuestionItem]") -> Iterator[str]:
    belongs = {member: group.id for group in found.clusters for member in group.members}
    for question in questions:
        row = {"id": question.id, "cluster": belongs.get(question.id), "text": question.text, "at": question.at}
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _write_faq(path: Path, entries: "list[Entry]") -> None:
    from nlp_service.review.files import replacing

    if not entries:
        click.echo(f"{path}: not written: agents gave no typical answer to any cluster", err=True)
        return
    with replacing(path) as out:
        out.writelines(json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in entries)
    click.echo(f"written: {path}: {len(entries)} entries to edit")
