"""How `taxonomy diff` prints what it found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from nlp_service.cli import terminal

if TYPE_CHECKING:
    from rich.console import Console

    from nlp_service.taxonomy import Taxonomy
    from nlp_service.taxonomy.difference import Kind, NodeChange
    from nlp_service.taxonomy.moves import Cost, Explanation, Outcome

ROWS = 20
MEANING: dict["Kind", str] = {
    "unexplained": "gone without explanation",
    "retired": "retired",
    "split": "split",
    "merged": "merged",
    "recoded": "new code",
    "moved": "moved",
    "renamed": "renamed",
    "edited": "edited",
    "added": "added",
}
MOVES: dict["Explanation", str] = {
    "surprising": "surprising moves",
    "new_code": "moves to codes that were added",
    "mapping": "moves that the mapping explains",
}


def show_differences(differences: Sequence["NodeChange"], old: "Taxonomy", new: "Taxonomy") -> None:
    """Print the differences between two trees as a table."""
    table = terminal.table("change", "old", "new")
    for change in differences:
        meaning = f"{MEANING[change.kind]}: {change.detail}" if change.detail else MEANING[change.kind]
        table.add_row(meaning, _nodes(change.old, old), _nodes(change.new, new))
    if differences:
        terminal.console().print(table)
    click.echo(f"{len(differences)} differences" if differences else "no differences")


def show_outcome(outcome: "Outcome") -> None:
    """Print what became of the tickets."""
    console = terminal.console()
    table = terminal.table("tickets", "old tree", "new tree")
    for status, counts in outcome.statuses.items():
        table.add_row(status.replace("_", " "), *(f"{count}  ({count / outcome.tickets:.1%})" for count in counts))
    console.print(table)
    for explanation, title in MOVES.items():
        _show_moves(outcome, explanation, title, console)
    changed = [count for count in outcome.counts if count.before != count.after]
    table = terminal.table("decision", "old tree", "new tree", "change")
    for count in changed[:ROWS]:
        table.add_row(str(count.decision), str(count.before), str(count.after), f"{count.after - count.before:+d}")
    if changed:
        console.print(table)
        _show_rest(len(changed))
    if outcome.cost is not None:
        _show_cost(outcome.cost, console)


def _show_moves(outcome: "Outcome", explanation: "Explanation", title: str, console: "Console") -> None:
    moves = [move for move in outcome.moves if move.explanation == explanation]
    tickets = sum(move.tickets for move in moves)
    click.echo(f"{title}: {tickets} of {outcome.tickets} tickets ({tickets / outcome.tickets:.1%})")
    if moves:
        table = terminal.table("from", "to", "tickets")
        for move in moves[:ROWS]:
            table.add_row(str(move.old), str(move.new), str(move.tickets))
        console.print(table)
        _show_rest(len(moves))


def _show_cost(cost: "Cost", console: "Console") -> None:
    table = terminal.table(f"{cost.tickets} labelled tickets", "old tree", "new tree")
    table.add_row("accuracy", f"{cost.accuracy_before:.1%}", f"{cost.accuracy_after:.1%}")
    table.add_row("coverage (tagged)", f"{cost.coverage_before:.1%}", f"{cost.coverage_after:.1%}")
    console.print(table)
    click.echo(
        f"{cost.broken} were right and are wrong now, {cost.mended} the other way round: exact McNemar test, "
        f"p = {cost.p_value:.2g}. Labels go through the mapping. Any target of a split counts as right; for a retired "
        "label, out of scope or review of a node above it."
    )


def _show_rest(number: int) -> None:
    if number > ROWS:
        click.echo(f"and {number - ROWS} more")


def _nodes(codes: Sequence[str], tree: "Taxonomy") -> str:
    from nlp_service.taxonomy.difference import as_path

    return "\n".join(f"{code}  {as_path(code, tree)}" for code in codes)
