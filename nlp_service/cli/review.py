"""`nlp-service review`: texts that people should label, and their labels back."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli import terminal
from nlp_service.cli.groups import grouped
from nlp_service.cli.options import SERVER_ONLY, given, settings_options
from nlp_service.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from nlp_service.analysis import Analysis
    from nlp_service.contracts import Vectors
    from nlp_service.review.incoming import Item, Line
    from nlp_service.review.shortlist import Candidate
    from nlp_service.settings import Settings
    from nlp_service.taxonomy import Changes, Taxonomy

TEXTS_AT_ONCE = 128
SHORTLISTED_PER_TEXT = 20
"""So many of the least certain texts stand for election for each that is chosen."""
LINES_BETWEEN_NOTES = 10_000
PROBLEMS_SHOWN = 20


@click.group()
def review() -> None:
    """Choose texts for people to label, and read their labels back."""


@review.command()
@click.argument("texts", metavar="IN", type=click.Path(path_type=Path))
@click.argument("table", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--count", type=click.IntRange(min=1), default=200, show_default=True, help="Texts to choose.")
@click.option(
    "--strategy",
    type=click.Choice(["diverse", "uncertain"]),
    default="diverse",
    show_default=True,
    help="diverse: uncertain texts that many others resemble, no two alike; uncertain: by uncertainty alone.",
)
@click.option(
    "--decided",
    "decided_files",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Labelled text whose texts are left out, e.g. what `review import` wrote. May be repeated.",
)
@settings_options(without=SERVER_ONLY)
def export(
    texts: Path, table: Path, count: int, strategy: str, decided_files: tuple[Path, ...], **options: Any
) -> None:
    """Choose the texts of IN from whose labels the model would learn most.

    IN is JSON Lines of texts or transcripts, or a table (.csv, .tsv or .parquet) with the columns text and, perhaps,
    id.

    OUT is .csv, for a spreadsheet, or .jsonl, the most valuable text first; people fill the column `label` with a code,
    a name, an alias, or `-` for out of scope, and `review import` reads it back. A line that can't be used is named on
    stderr and left out; the others are used, and the exit code is 2.
    """
    from nlp_service import settings as configuration
    from nlp_service.review import decisions, tables
    from nlp_service.text import prepare

    tables.check_ending(table)
    if table.exists():
        raise DataError(f"{table}: exists already, perhaps with labels in it: name another file")
    decided = {prepare(row["text"]) for path in decided_files for row in decisions.read_labelled(path)}
    settings = configuration.load(given(options))
    incoming = _Incoming(texts)
    chosen = asyncio.run(_choose(incoming, decided, count, strategy, settings))
    tables.write(table, chosen)
    click.echo(f"{table}: {len(chosen)} texts to label, chosen from {incoming.lines - incoming.refused}")
    if incoming.refused:
        raise DataError(f"{texts}: {incoming.refused} of {incoming.lines} lines could not be used")


@review.command("import")
@click.argument("table", metavar="REVIEWED", type=click.Path(path_type=Path))
@click.argument("labelled", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--taxonomy", type=click.Path(path_type=Path), help="The tree that the labels belong to.")
@click.option(
    "--taxonomy-mapping",
    type=click.Path(path_type=Path),
    help="What became of the codes of an older tree: labels may be those. Rows of split or retired ones are left out.",
)
@click.option("--labels", help="Instead of a tree: the labels, with commas, e.g. of an audit of `training.sentiment`.")
@click.option(
    "--column", default="label", show_default=True, help="Column with the labels, e.g. `correct` of an audit."
)
@click.option("--append", is_flag=True, help="Add to OUT if it exists; a new decision replaces an old one.")
@click.option("--skip-unknown", is_flag=True, help="Skip rows whose label isn't known, instead of refusing the file.")
def import_(
    table: Path,
    labelled: Path,
    taxonomy: Path | None,
    taxonomy_mapping: Path | None,
    labels: str | None,
    column: str,
    append: bool,
    skip_unknown: bool,
) -> None:
    """Turn the labels in REVIEWED, a table of `review export`, into labelled text (JSON Lines) for training.

    Rows without a label are skipped. If a label isn't known, every such row is named, nothing is written, and the exit
    code is 2.
    """
    from nlp_service.review import decisions, tables
    from nlp_service.review.labels import Labels

    tree, changes = _tree(taxonomy, taxonomy_mapping, labels)
    if labelled.exists() and not append:
        raise DataError(f"{labelled}: exists already; --append adds to it")
    existing = decisions.read_labelled(labelled) if labelled.exists() else []
    decided = decisions.decide(
        tables.read(table, column), tree, changes, skip_unknown=skip_unknown, has_scope=taxonomy is not None
    )
    joined = decisions.join(existing, decided, tree, changes)
    decisions.write_labelled(labelled, joined.rows)
    click.echo(
        f"{labelled}: {joined.new} new, {joined.changed} changed, {joined.confirmed} confirmed; "
        f"{decided.skipped} rows skipped"
    )
    if decided.gone:
        click.echo(f"{table}: {Labels(tree, changes).left_out(decided.gone)}")
    if decided.proposed:
        click.echo(
            f"people agreed with the model on {decided.agreed} of {decided.proposed} texts that it was unsure of"
        )


def _tree(
    taxonomy: Path | None, taxonomy_mapping: Path | None, labels: str | None
) -> tuple["Taxonomy", "Changes | None"]:
    """What may stand in a table that people filled."""
    from nlp_service import taxonomy as trees

    if taxonomy is not None and labels is None:
        tree = trees.load(taxonomy)
        return tree, trees.Changes.onto(taxonomy_mapping, tree) if taxonomy_mapping else None
    if taxonomy is not None or labels is None:
        raise ConfigurationError("review import needs --taxonomy or --labels, not both: what may stand in the table")
    if taxonomy_mapping:
        raise ConfigurationError("--taxonomy-mapping needs --taxonomy: the tree that it leads to")
    return trees.flat([label.strip() for label in labels.split(",") if label.strip()]), None


class _Incoming:
    """The usable texts of a file, some at a time; names lines that can't be used, and shows how far it is.

    Attributes:
        lines: read so far, blank ones not counted. refused: those of them that can't be used.

    Raises:
        DataError: if there is nothing to read.
    """

    def __init__(self, path: Path) -> None:
        from nlp_service.cli import rows
        from nlp_service.review import incoming

        self._path = path
        lines = incoming.read(rows.lines(path, ("text", "id")))
        self._groups = grouped(lines, lambda line: line.size, TEXTS_AT_ONCE)
        self._next = next(self._groups, [])
        self.lines = self.refused = 0
        if not self._next:
            raise DataError(f"{path}: holds no rows")

    def __iter__(self) -> Iterator[list["Item"]]:
        console = terminal.console(stderr=True)
        with terminal.bars(console) as progress:
            bar = progress.add_task(f"reading {self._path.name}", total=self._path.stat().st_size)
            while self._next:
                yield self._usable(self._next)
                if not console.is_terminal and self.lines % LINES_BETWEEN_NOTES < len(self._next):
                    click.echo(f"{self._path}: {self.lines} lines read", err=True)
                progress.advance(bar, sum(line.size for line in self._next))
                self._next = next(self._groups, [])

    def _usable(self, lines: Sequence["Line"]) -> list["Item"]:
        self.lines += len(lines)
        for line in lines:
            if line.item is None:
                self.refused += 1
                if self.refused <= PROBLEMS_SHOWN:
                    click.echo(f"{self._path}: line {line.number}: {line.problem}", err=True)
        return [line.item for line in lines if line.item is not None]


async def _choose(
    incoming: _Incoming, decided: set[str], count: int, strategy: str, settings: "Settings"
) -> list[tuple["Candidate", int]]:
    """The chosen texts with how often each came."""
    from nlp_service.assembly import running
    from nlp_service.review.selection import choose
    from nlp_service.review.shortlist import Shortlist, survey
    from nlp_service.telemetry import Telemetry

    shortlist = Shortlist(count if strategy == "uncertain" else count * SHORTLISTED_PER_TEXT)
    async with running(settings, Telemetry()) as service:
        for items in incoming:
            await survey(service.analysis, items, decided, shortlist)
        ranked = shortlist.ranked()
        if strategy == "uncertain" or not ranked:
            return ranked
        vectors = await _vectors(service.analysis, [candidate.part for candidate, _ in ranked])
        return [ranked[position] for position in choose(ranked, vectors, count)]


async def _vectors(analysis: "Analysis", texts: Sequence[str]) -> "Vectors":
    """Shape (texts, dimension); encoded in parts, because the queue in front of the encoder is limited."""
    import numpy as np

    starts = range(0, len(texts), TEXTS_AT_ONCE)
    parts = [await analysis.embed(texts[start : start + TEXTS_AT_ONCE]) for start in starts]
    return np.concatenate([vectors for vectors, _ in parts])
