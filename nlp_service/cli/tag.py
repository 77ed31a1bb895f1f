"""`nlp-service tag IN OUT`: millions of documents, one flat row each; a run that was stopped goes on where it was."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli import progress
from nlp_service.cli.options import SERVER_ONLY, given, settings_options
from nlp_service.cli.rows import Undated, is_table
from nlp_service.cli.transcripts import tell_undated, transcript_lines
from nlp_service.errors import DataError

if TYPE_CHECKING:
    from nlp_service.batch import Executor, FileIdentity, Line, Manifest, Pool, WorkFolder
    from nlp_service.batch.ray_actors import Opening
    from nlp_service.cli.tally import Tally
    from nlp_service.settings import Settings

PART_SIZE = 1_000


@dataclass(frozen=True, slots=True)
class Task:
    """What was asked for, checked as far as it can be before any work.

    Attributes:
        options: the settings that were given, for this process and for actors.
        ray: the address of a cluster, if one is to be used. actors: as many as there is room for, if None.
        cpus: of an actor.
    """

    file: Path
    out: Path
    options: dict[str, Any]
    part_size: int
    restart: bool
    ray: str | None
    actors: int | None
    cpus: int
    gpus: int

    @property
    def about(self) -> Path:
        """What says of what OUT was made, and by what."""
        return self.out.with_name(f"{self.out.name}.meta.json")

    @property
    def parts(self) -> Path:
        """The folder of what is done."""
        return self.out.with_name(f"{self.out.name}.parts")


@click.command()
@click.argument("file", metavar="IN", type=click.Path(path_type=Path))
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--part-size",
    type=click.IntRange(min=1),
    default=PART_SIZE,
    show_default=True,
    help="Lines of a part: what is done again after a run was killed.",
)
@click.option("--restart", is_flag=True, help="Throw away the parts that an earlier run has done, and begin again.")
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="Work on a Ray cluster: `auto`, ray://HOST:10001, or `local` for one of this machine alone. Needs the extra "
    "`distributed`, and on every node this service with the same models.",
)
@click.option(
    "--ray-actors",
    "actors",
    type=click.IntRange(min=1),
    help="Processes on the cluster, each with models (about 450 MB).  [default: as many as it has room for]",
)
@click.option(
    "--ray-cpus", "cpus", type=click.IntRange(min=1), default=2, show_default=True, help="CPUs of each such process."
)
@settings_options(without=SERVER_ONLY)
def tag(
    file: Path,
    out: Path,
    part_size: int,
    restart: bool,
    ray: str | None,
    actors: int | None,
    cpus: int,
    **options: Any,
) -> None:
    """Tag every document in IN, and write one flat row for each, in their order, into OUT.

    IN is what `analyze` reads. OUT is .jsonl, .csv, .tsv or .parquet; its columns are id, line (of IN), at, channel,
    status, code, reason (the names of the path), probability, other_codes, sentiment_mean, sentiment_start,
    sentiment_valley, sentiment_end, customer_sentences, questions and skipped. It holds no texts. OUT.meta.json says
    of which file it was made, and with which models.

    Finished parts wait in the folder OUT.parts until all are done. If the run ends before, however that comes about,
    the same command goes on where it was. If IN or the models have changed meanwhile, it refuses to.

    A line that can't be used is named on stderr and left out; the others are tagged, and the exit code is 2.
    """
    from nlp_service import settings as configuration
    from nlp_service.batch import output, ray_actors, working

    settings = configuration.load(given(options))
    gpus = int(settings.device == "cuda")
    task = Task(file, out, _portable(settings), part_size, restart, ray, actors, cpus, gpus)
    output.check_ending(out)
    if ray is not None:
        ray_actors.check_installed()
    _refuse_places(task)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as with Ctrl-C
    with working(task.parts) as folder:
        _run(task, folder)


def _portable(settings: "Settings") -> dict[str, Any]:
    """What was given, by flag or environment, for a process with another environment and working folder."""
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    return {name: str(value.absolute()) if isinstance(value, Path) else value for name, value in values.items()}


def _refuse_places(task: Task) -> None:
    """Refuse to write what is read, or what is no file."""
    from nlp_service.review.files import refuse_same

    for path in (task.out, task.about):
        refuse_same(task.file, path)
        if path.exists() and not path.is_file():
            raise DataError(f"{path}: can't be written: isn't a file")


def _run(task: Task, folder: "WorkFolder") -> None:
    """Tag what isn't tagged, and put all together."""
    from nlp_service.batch import FileIdentity
    from nlp_service.cli.tally import Tally

    tally = Tally(task.file)
    try:
        with progress.reading(task.file):
            file = FileIdentity.of(task.file)
            tally.of = folder.counted(file) or _count(task.file)
        manifest, parts = asyncio.run(_tag(task, file, folder, tally))
        _join(task, folder, manifest, parts, tally)
    except KeyboardInterrupt:
        again = "run the same command again to go on"
        click.echo(f"{task.out}: not finished; {tally.place} and kept in {folder.path}: {again}", err=True)
        raise
    tally.raise_if_refused()


def _count(file: Path) -> int:
    """How many lines there are to be done; that they can't be read to the end is better known now than after days."""
    undated = Undated()
    count = sum(1 for _ in transcript_lines(file, undated))
    if not count:
        raise DataError(f"{file}: holds no transcripts")
    tell_undated(file, undated)
    return count


async def _tag(task: Task, file: "FileIdentity", folder: "WorkFolder", tally: "Tally") -> "tuple[Manifest, int]":
    """Do the parts that aren't done; what they depend on, and how many there are."""
    from nlp_service.batch import Manifest
    from nlp_service.cli.tagging import tagger

    as_table = is_table(task.file)
    async with tagger(task.options, as_table=as_table) as here:
        manifest = Manifest(file, task.part_size, here.answering)
        folder.begin(manifest, tally.of, restart=task.restart)
        if task.ray is None:
            return manifest, await _work(task, folder, here, tally)
    options = {**task.options, "threads": task.options.get("threads") or task.cpus}
    async with _pool(task, task.ray, partial(tagger, options, as_table=as_table), manifest) as pool:
        return manifest, await _work(task, folder, pool, tally)


@asynccontextmanager
async def _pool(task: Task, address: str, opening: "Opening", manifest: "Manifest") -> "AsyncIterator[Pool]":
    from nlp_service.batch import Pool
    from nlp_service.batch.ray_actors import cluster

    with cluster(address, opening, cpus=task.cpus, gpus=task.gpus) as (room, hire):
        async with Pool(hire, task.actors or room, manifest.answering).open() as pool:
            yield pool


async def _work(task: Task, folder: "WorkFolder", executor: "Executor", tally: "Tally") -> int:
    """How many parts there are, all of them done."""
    from nlp_service.batch import Chunk, Part, chunks, tag

    with progress.paced(f"tagging {task.file.name}", tally.of) as advance:

        def told(chunk: Chunk, part: Part | None) -> None:
            tally.done += len(chunk.lines)
            advance(len(chunk.lines), part is not None)
            if part is not None:
                tally.name(chunk.number, part)

        return await tag(folder, chunks(_plain(task.file), task.part_size), executor, told)


def _plain(file: Path) -> "Iterator[Line]":
    for number, line in transcript_lines(file):
        yield number, line if isinstance(line, bytes) else str(line)


def _join(task: Task, folder: "WorkFolder", manifest: "Manifest", parts: int, tally: "Tally") -> None:
    """Write OUT, if there is a single row, and what it was made of; only then the parts may go."""
    from nlp_service.batch import FileIdentity, output

    if FileIdentity.of(task.file) != manifest.file:
        raise DataError(f"{task.file}: changed while it was read")
    rows = tally.joined(folder, parts)
    first = next(rows, None)
    if first is not None:
        output.write(task.out, chain([first], rows))
        output.write_about(task.about, _about(task, manifest, tally))
        click.echo(f"written: {task.out}: {tally.documents} documents, {tally.shares}")
    folder.remove()


def _about(task: Task, manifest: "Manifest", tally: "Tally") -> dict[str, Any]:
    return {
        "file": {"name": str(task.file), "size": manifest.file.size, "sha256": manifest.file.sha256},
        "documents": tally.documents,
        "unusable_lines": tally.refused,
        "status": tally.status,
        "answered_by": manifest.answering,
    }
