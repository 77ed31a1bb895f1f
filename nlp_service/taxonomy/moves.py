"""What a change of the tree does to tickets: which go where, whether the change explains it, and what it costs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from scipy.stats import binomtest

from nlp_service.contracts import ContactReason
from nlp_service.taxonomy.changes import NONE, Changes
from nlp_service.taxonomy.difference import added
from nlp_service.taxonomy.tree import Taxonomy

Status = Literal["tagged", "review", "out_of_scope"]
Explanation = Literal["surprising", "new_code", "mapping"]
STATUSES: tuple[Status, ...] = get_args(Status)
EXPLANATIONS: tuple[Explanation, ...] = get_args(Explanation)


@dataclass(frozen=True)
class Decision:
    """What the service decided about a ticket; the code is None where it is out of scope."""

    status: Status
    code: str | None = None

    @classmethod
    def of(cls, reasons: Sequence[ContactReason] | None) -> "Decision":
        """The main reason's; a ticket that couldn't be analysed is out of scope."""
        return cls(reasons[0].status, reasons[0].code) if reasons else cls("out_of_scope")

    def __str__(self) -> str:
        if self.code is None:
            return "out of scope"
        return self.code if self.status == "tagged" else f"{self.code} (review)"


@dataclass(frozen=True)
class Move:
    """Tickets that went from one decision to another."""

    old: Decision
    new: Decision
    tickets: int
    explanation: Explanation


@dataclass(frozen=True)
class Cost:
    """What the change costs on labelled tickets.

    Attributes:
        broken: tickets that were right and are wrong now.
        mended: tickets that were wrong and are right now.
        p_value: exact McNemar test (1947) of broken against mended: two-sided, binomial with 1/2.
    """

    tickets: int
    accuracy_before: float
    accuracy_after: float
    coverage_before: float
    coverage_after: float
    broken: int
    mended: int
    p_value: float


@dataclass(frozen=True)
class Count:
    """How many tickets got a decision before and after."""

    decision: Decision
    before: int
    after: int


@dataclass(frozen=True)
class Outcome:
    """What became of all tickets.

    Attributes:
        statuses: number of tickets before and after.
        counts: of every decision that was made, the one that changed most first.
        moves: largest first.
        cost: None where no ticket has a label.
    """

    tickets: int
    statuses: dict[Status, tuple[int, int]]
    counts: list[Count]
    moves: list[Move]
    cost: Cost | None


class Transition:
    """An older tree, a newer one and the mapping between them, asked about single tickets."""

    def __init__(self, old: Taxonomy, new: Taxonomy, changes: Changes) -> None:
        self.old = old
        self.new = new
        self._changes = changes
        self._added = frozenset(added(old, new, changes))

    def explanation(self, before: Decision, after: Decision) -> Explanation:
        """Why a ticket moved: by the mapping, to a code that is new, or for no reason that the change gives."""
        if any(self._explains(code, after) for code in self._meant(before)):
            return "mapping"
        return "new_code" if after.code in self._added else "surprising"

    def was_right(self, label: str | None, before: Decision) -> bool:
        """Whether a decision was right; `label` is a code of the older tree, None for out of scope."""
        return _is_right(label, before, NONE, self.old, self.old)

    def is_right(self, label: str | None, after: Decision) -> bool:
        """Whether a decision is right for what became of the label.

        Any target of a split will do; a retired label wants out of scope, or a review of a node that it was below.
        """
        return _is_right(label, after, self._changes, self.old, self.new)

    def _meant(self, before: Decision) -> list[str]:
        """The older codes that a decision stands for: a review is about the node and everything below it."""
        if before.code is None:
            return []
        return [before.code, *(node.code for node in self.old.below(before.code) if before.status == "review")]

    def _explains(self, code: str, after: Decision) -> bool:
        """Whether a ticket of this older code may have come to this decision, by what became of the code alone."""
        places = self._changes.resolve(code, self.new)
        if places == (code,):
            return False
        if not places:
            return after.status != "tagged"
        unsure_which = after.status == "review" and len(places) > 1
        return after.code in places or (
            unsure_which and any(after.code == node.code for place in places for node in self.new.path(place))
        )


def outcome(
    before: Sequence[Decision],
    after: Sequence[Decision],
    labels: Sequence[tuple[int, str | None]],
    transition: Transition,
) -> Outcome:
    """Everything about tickets from the decisions made about each of them.

    Args:
        labels: positions of the tickets that have a label, with it: a code of the older tree, None for out of scope.
    """
    was, now = Counter(before), Counter(after)
    counts = [Count(decision, was[decision], now[decision]) for decision in was | now]
    rows = [row for row, _ in labels]
    return Outcome(
        tickets=len(before),
        statuses={
            status: (sum(d.status == status for d in before), sum(d.status == status for d in after))
            for status in STATUSES
        },
        counts=sorted(counts, key=lambda count: (-abs(count.after - count.before), str(count.decision))),
        moves=moves(before, after, transition),
        cost=cost(
            [label for _, label in labels], [before[row] for row in rows], [after[row] for row in rows], transition
        )
        if labels
        else None,
    )


def moves(before: Sequence[Decision], after: Sequence[Decision], transition: Transition) -> list[Move]:
    """The tickets whose decision is another one, counted, largest number first."""
    counts = Counter(pair for pair in zip(before, after, strict=True) if pair[0] != pair[1])
    found = [Move(old, new, count, transition.explanation(old, new)) for (old, new), count in counts.items()]
    return sorted(found, key=lambda move: (-move.tickets, str(move.old), str(move.new)))


def cost(
    labels: Sequence[str | None], before: Sequence[Decision], after: Sequence[Decision], transition: Transition
) -> Cost:
    """Accuracy and coverage on labelled tickets, at least one; whoever abstains on a code is wrong.

    Args:
        labels: codes of the older tree, None for out of scope.
    """
    was = [transition.was_right(label, decision) for label, decision in zip(labels, before, strict=True)]
    now = [transition.is_right(label, decision) for label, decision in zip(labels, after, strict=True)]
    broken = sum(right and not still for right, still in zip(was, now, strict=True))
    mended = sum(still and not right for right, still in zip(was, now, strict=True))
    return Cost(
        tickets=len(labels),
        accuracy_before=sum(was) / len(was),
        accuracy_after=sum(now) / len(now),
        coverage_before=_coverage(before),
        coverage_after=_coverage(after),
        broken=broken,
        mended=mended,
        p_value=float(binomtest(broken, broken + mended).pvalue) if broken + mended else 1.0,
    )


def _is_right(label: str | None, decision: Decision, changes: Changes, old: Taxonomy, tree: Taxonomy) -> bool:
    if label is None:
        return decision.status == "out_of_scope"
    reached = {node.code for node in tree.path(decision.code)} if decision.code is not None else set()
    places = changes.resolve(label, tree)
    if places:
        return not reached.isdisjoint(places)
    above = {place for node in old.path(label)[:-1] for place in changes.resolve(node.code, tree)}
    return decision.status == "out_of_scope" or (decision.status == "review" and decision.code in above)


def _coverage(decisions: Sequence[Decision]) -> float:
    return sum(decision.status == "tagged" for decision in decisions) / len(decisions)
