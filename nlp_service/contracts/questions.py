"""Questions in a document, questions to be clustered, the clusters and themes found, and how far that work is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from nlp_service.contracts.faq import FaqResult, FaqSuggestion
from nlp_service.contracts.reasons import ReasonNode
from nlp_service.contracts.values import Event, Kind, Offset, Probability, TurnIndex


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence in which a customer asks for information or for an action."""

    turn: TurnIndex
    start: Offset
    end: Offset
    kind: Kind
    faq: FaqResult | None


@dataclass(frozen=True, slots=True)
class QuestionItem:
    """A question to be clustered.

    Attributes:
        conversation: the one that it was picked out of, if any.
    """

    id: str
    text: str
    at: str | None = None
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class ShareChange:
    """How the share of a cluster's questions has changed since `previous`, counted by one yardstick in both.

    Attributes:
        before, now: share of the questions that are near to the earlier cluster's wordings.
        low, high: 95 % interval of the difference.
    """

    before: Probability
    now: Probability
    low: float
    high: float

    @property
    def excludes_none(self) -> bool:
        """Whether the interval leaves out that nothing has changed; of many clusters, that is so for some by chance."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that ask the same; `members` are the ids given, or the positions in the request.

    Attributes:
        wordings: typical ones, the most central first; by them the next run finds the cluster again.
        reach: how many questions are near to its wordings: what the next run compares its own number with.
        theme: id of the theme it belongs to.
        position: place on a map of all clusters, in [-1, 1]; near means alike.
        reason: the contact reason that most of its questions state, where one is clear.
        answer: what the knowledge base says to it already.
        predecessors: ids of the earlier clusters that it comes from.
        change: how its share has changed since `previous`; null if it comes from none.
        generated_name: the name as the service made it; null where people gave the name. A name that differs from it
            was edited, and stays.
        quiet_runs: of an earlier cluster, in how many runs since it was last found it has been gone; else 0.
    """

    id: str
    name: str
    representative: str
    size: int
    share: Probability
    kind: Kind
    keywords: list[str]
    members: list[str]
    stability: Probability
    event: Event
    wordings: list[str] = field(default_factory=list)
    reach: int | None = None
    theme: str | None = None
    position: tuple[float, float] | None = None
    reason: ReasonNode | None = None
    answer: FaqSuggestion | None = None
    predecessors: list[str] = field(default_factory=list)
    change: ShareChange | None = None
    generated_name: str | None = None
    quiet_runs: int = 0

    @property
    def is_named_by_people(self) -> bool:
        return self.generated_name != self.name

    @property
    def may_have_changed(self) -> bool:
        """Whether its own share has changed, but not for certain after correcting for the number of clusters."""
        return self.event == "steady" and self.change is not None and self.change.excludes_none


@dataclass(frozen=True, slots=True)
class Theme:
    """Clusters about one subject: the coarse level over the clusters, which are the fine one."""

    id: str
    name: str
    size: int
    share: Probability
    keywords: list[str]
    clusters: list[str]


@dataclass(frozen=True, slots=True)
class GoneCluster:
    """A cluster of `previous`, or quiet before, whose id is not among the clusters now.

    Attributes:
        event: `died`: its questions have become fewer beyond chance; `quiet`: too few now, but that may be chance;
            `merged`: its questions are in another cluster now.
        into: ids of the clusters where its questions are now.
        wordings: of one that is quiet or has died; by them the next runs find it again, if they are told of it.
        generated_name: as that of a cluster.
        quiet_runs: in how many runs it has been gone: what is 2 or more had gone before this run.
    """

    id: str
    name: str
    event: Literal["died", "quiet", "merged"]
    into: list[str]
    change: ShareChange | None = None
    wordings: list[str] = field(default_factory=list)
    generated_name: str | None = None
    quiet_runs: int = 0

    def record(self) -> Cluster:
        """As the next run is told of it: a cluster without questions."""
        first = self.wordings[0] if self.wordings else self.name
        return Cluster(
            *(self.id, self.name, first, 0, 0.0, "enquiry", [], [], 0.0, "steady", self.wordings),
            generated_name=self.generated_name,
            quiet_runs=self.quiet_runs,
        )


@dataclass(frozen=True, slots=True)
class Clustering:
    """Clusters and themes, largest first, and the ids of questions that belong to none.

    Attributes:
        sample: texts of up to 1,000 of all questions, drawn at random, without order numbers, links and addresses; by
            them the next run finds out whether what is a cluster then was there before.
    """

    clusters: list[Cluster]
    outliers: list[str]
    themes: list[Theme] = field(default_factory=list)
    gone: list[GoneCluster] = field(default_factory=list)
    sample: list[str] = field(default_factory=list)

    @property
    def gone_now(self) -> list[GoneCluster]:
        """Those that went in this run, not in one before."""
        return [one for one in self.gone if one.quiet_runs <= 1]


Progress = Callable[[str, int, int], None]
"""Told how far long work is: the step (`encoding`, `clustering`, `naming`), how much of it is done, of how much.

It may be called from a worker thread, and it may raise to end the work."""


def unobserved(_step: str, _done: int, _of: int) -> None:
    """Progress that nobody follows."""
