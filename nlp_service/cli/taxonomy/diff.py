"""`nlp-service taxonomy diff OLD NEW`: what a new version of a tree changes, in itself and for tickets."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli.options import SERVER_ONLY, given, settings_options
from nlp_service.errors import DataError, TaxonomyError

if TYPE_CHECKING:
    from nlp_service.cli.taxonomy.tickets import Ticket
    from nlp_service.taxonomy import Changes, Taxonomy
    from nlp_service.taxonomy.difference import NodeChange
    from nlp_service.taxonomy.moves import Decision, Outcome, Transition

OF_THE_TREES = frozenset({"taxonomy", "taxonomy_mapping"})
"""Settings that the arguments stand for."""
File = click.Path(path_type=Path)


@click.command()
@click.argument("old", type=File)
@click.argument("new", type=File)
@click.option("--mapping", type=File, help="What became of the old tree's codes, YAML: a list of {from: …, to: …}.")
@click.option(
    "--on",
    "tickets",
    type=File,
    help="Tickets: JSON Lines with text or turns, or a table (CSV, Parquet) with text; label where known.",
)
@click.option("--out", type=File, help="File to write each ticket that moves into; needs --on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@settings_options(without=SERVER_ONLY | OF_THE_TREES)
def diff(
    old: Path, new: Path, mapping: Path | None, tickets: Path | None, out: Path | None, as_json: bool, **options: Any
) -> None:
    """Show what differs between the taxonomy files OLD and NEW.

    With --on, the service tags the tickets under either tree: which ones move, which of these moves the mapping
    explains, and, where tickets are labelled, what the change costs. Labels are codes, names or aliases of OLD.
    """
    from nlp_service import taxonomy as trees
    from nlp_service.cli.taxonomy import page
    from nlp_service.review.files import refuse_same
    from nlp_service.taxonomy.difference import compare

    if out is not None and tickets is None:
        raise click.UsageError("--out needs --on: without tickets, none moves")
    if out is not None and not out.parent.is_dir():
        raise DataError(f"{out}: no such folder")
    if out is not None:
        for read in filter(None, (old, new, mapping, tickets)):
            refuse_same(read, out)
    before, after = trees.load(old), trees.load(new)
    changes = _changes(mapping, before, after)
    differences = compare(before, after, changes)
    outcome = None
    if tickets is not None:
        under_old = {**given(options), "taxonomy": old, "taxonomy_mapping": None}
        under_new = {**given(options), "taxonomy": new, "taxonomy_mapping": mapping}
        outcome = _outcome(tickets, before, after, changes, (under_old, under_new), out)
    if as_json:
        click.echo(json.dumps(_as_json(differences, outcome), ensure_ascii=False, indent=2))
        return
    page.show_differences(differences, before, after)
    if outcome is not None:
        page.show_outcome(outcome)


def _changes(path: Path | None, old: "Taxonomy", new: "Taxonomy") -> "Changes":
    """The mapping. Codes that disappear without being mentioned in it are a finding here, not an error."""
    from nlp_service.taxonomy import Changes

    changes = Changes() if path is None else Changes.load(path)
    problems = changes.contradictions(old, new)
    if problems:
        raise TaxonomyError("\n".join(f"{path}: {problem}" for problem in problems))
    return changes


def _outcome(
    path: Path,
    old: "Taxonomy",
    new: "Taxonomy",
    changes: "Changes",
    options: tuple[dict[str, Any], dict[str, Any]],
    out: Path | None,
) -> "Outcome":
    """Tag the tickets with the options for either tree, and compare; what doesn't fit together is told before."""
    from nlp_service import settings as configuration
    from nlp_service.assembly import check_taxonomy
    from nlp_service.cli.taxonomy.tickets import decide, labels, read
    from nlp_service.taxonomy.moves import Transition, outcome

    under_old, under_new = map(configuration.load, options)
    rows = read(path)
    labelled = labels(rows, old, path)
    for settings in (under_old, under_new):
        check_taxonomy(settings)
    before = asyncio.run(decide(rows, under_old, "old tree"))
    after = asyncio.run(decide(rows, under_new, "new tree"))
    transition = Transition(old, new, changes)
    if out is not None:
        _write_moves(out, rows, before, after, transition)
    return outcome(before, after, labelled, transition)


def _write_moves(
    path: Path,
    tickets: Sequence["Ticket"],
    before: Sequence["Decision"],
    after: Sequence["Decision"],
    transition: "Transition",
) -> None:
    """One line a ticket that moved, for people to look at."""
    from nlp_service.review.files import replacing

    with replacing(path) as file:
        for ticket, old, new in zip(tickets, before, after, strict=True):
            if old != new:
                row = {
                    "line": ticket.line,
                    "id": ticket.id,
                    "text": ticket.text,
                    "old": str(old),
                    "new": str(new),
                    "explained": transition.explanation(old, new),
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _as_json(differences: Sequence["NodeChange"], outcome: "Outcome | None") -> dict[str, Any]:
    return {
        "changes": [asdict(change) for change in differences],
        "tickets": None if outcome is None else asdict(outcome),
    }
