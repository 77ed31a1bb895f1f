"""Why a customer made contact, and which sentences say so."""

from dataclasses import dataclass, field
from typing import Literal

from nlp_service.contracts.values import Offset, Probability, Skipped, TurnIndex


@dataclass(frozen=True, slots=True)
class ReasonNode:
    """A node of the taxonomy with its probability. A parent's probability is the sum of its children's."""

    code: str
    name: str
    probability: Probability


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that a contact reason rests on; the weights of one reason add up to at most 1."""

    turn: TurnIndex
    start: Offset
    end: Offset
    weight: Probability


@dataclass(frozen=True, slots=True)
class ContactReason:
    """Why the customer made contact: the path from the top of the taxonomy to the deepest node that is sure enough."""

    status: Literal["tagged", "review", "out_of_scope"]
    code: str | None
    path: list[ReasonNode]
    alternatives: list[ReasonNode]
    evidence: list[Evidence] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
