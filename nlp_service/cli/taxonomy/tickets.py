"""Tickets for `taxonomy diff --on`: read from JSON Lines, and put to the service."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli import rows
from nlp_service.cli.groups import grouped, manageable
from nlp_service.errors import DataError, UnusableLineError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from nlp_service.contracts import Document, Feature
    from nlp_service.settings import Settings
    from nlp_service.taxonomy import Taxonomy
    from nlp_service.taxonomy.moves import Decision

TICKETS_AT_ONCE = 1024
FEATURES: tuple["Feature"] = ("reasons",)


@dataclass(frozen=True)
class Ticket:
    """A text or a transcript.

    Attributes:
        line: its number in the file.
        id: as the file gives it.
        is_labelled: whether it has a label; None is one, out of scope.
    """

    line: int
    id: Any
    document: "Document"
    is_labelled: bool
    label: str | None

    @property
    def text(self) -> str:
        """What the customer wrote."""
        return "\n".join(turn.text for turn in self.document.turns if turn.speaker == "customer")


def read(path: Path) -> list[Ticket]:
    """Read tickets: `{"text" or "turns", "label"?, "id"?}` a line, or a table with such columns; others are ignored.

    Raises:
        DataError: naming the line and what is wrong, never the text.
    """
    from pydantic import TypeAdapter

    from nlp_service.api.requests import Document

    adapter: TypeAdapter[Any] = TypeAdapter(Document)
    lines = rows.lines(path, ("text", "id", "label"))
    tickets = []
    for number, line in lines:
        try:
            tickets.append(_ticket(line, number, adapter))
        except UnusableLineError as error:
            raise DataError(f"{path}: line {number}: {error}") from None
    if not tickets:
        raise DataError(f"{path}: holds no tickets")
    return tickets


def labels(tickets: Sequence[Ticket], tree: "Taxonomy", path: Path) -> list[tuple[int, str | None]]:
    """The positions of labelled tickets, each with its label's code.

    Raises:
        DataError: if a label is none of the tree's.
    """
    from nlp_service.review.labels import Labels

    found, known = [], Labels(tree)
    for position, ticket in enumerate(tickets):
        code = None if ticket.label is None else known.code(ticket.label)
        if code is None and ticket.label is not None:
            unknown = f"label '{ticket.label}' is neither a code, a name nor an alias in the old tree"
            raise DataError(f"{path}: line {ticket.line}: {unknown}{known.nearest(ticket.label)}")
        if ticket.is_labelled:
            found.append((position, code))
    return found


async def decide(tickets: Sequence[Ticket], settings: "Settings", tree: str) -> list["Decision"]:
    """What the service, with these settings, decides about each ticket.

    Args:
        tree: what the progress on stderr calls it.
    """
    from nlp_service.assembly import running
    from nlp_service.taxonomy.moves import Decision
    from nlp_service.telemetry import Telemetry

    decisions: list[Decision] = []
    async with running(settings, Telemetry()) as service:
        for chunk in grouped(tickets, lambda ticket: ticket.document.characters, TICKETS_AT_ONCE):
            results = await service.analysis.analyze([ticket.document for ticket in chunk], FEATURES)
            decisions += [Decision.of(result.reasons) for result in results]
            click.echo(f"{tree}: {len(decisions)} of {len(tickets)} tickets", err=True)
    return decisions


def _ticket(line: bytes | UnusableLineError, number: int, adapter: "TypeAdapter[Any]") -> Ticket:
    from pydantic import ValidationError

    row = _row(line)
    label = row.get("label")
    if label is not None and not isinstance(label, str):
        raise UnusableLineError("'label' must be a string or null")
    try:
        document = adapter.validate_python({field: row[field] for field in ("text", "turns") if field in row}).record()
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        place = "/".join(str(part) for part in first["loc"] if not str(part).startswith("@"))
        raise UnusableLineError(f"{place}: {first['msg']}") from None
    return Ticket(number, row.get("id"), manageable(document), "label" in row, label or None)


def _row(line: bytes | UnusableLineError) -> dict[str, Any]:
    if isinstance(line, UnusableLineError):
        raise line
    try:
        row = json.loads(line)
    except UnicodeDecodeError:
        raise UnusableLineError("not UTF-8") from None
    except (ValueError, RecursionError):
        raise UnusableLineError("not valid JSON") from None
    if not isinstance(row, dict) or ("text" in row) == ("turns" in row):
        raise UnusableLineError("needs either a 'text' or 'turns'")
    return row
