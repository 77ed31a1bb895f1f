"""Which cluster of an earlier answer a cluster continues, and what has happened to it since."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Cluster, Event
from nlp_service.tasks.questions.repeats import unit_rows

Previous = Sequence[tuple[Cluster, NDArray[np.float32]]]
"""Earlier clusters, each with the vectors of its wordings, shape (wordings, dimension)."""

# Two-sided 1 % of the standard normal distribution.
_CHANCE: Final = 2.576
# Of the bundled encoder, version 1, over random halves of 288 labelled clusters: 73 % of the representatives were
# nearer than this to the cluster of the same label in the other half; of other labels' best, 81 % were not.
_SURE_LIKENESS: Final = 0.7
_LEAST_LIKENESS: Final = 0.55
_LEAST_OVERLAP: Final = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cluster before it has its identity.

    Attributes:
        members: ids.
        centroid: mean direction of the members' vectors, shape (dimension,), unit length.
    """

    members: frozenset[str]
    centroid: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a cluster inherits (None: nothing) and what happened to it."""

    ancestor: Cluster | None
    event: Event


def identify(candidates: Sequence[Candidate], previous: Previous, questions: int) -> list[Identity]:
    """Match clusters one to one with earlier ones, most alike first.

    An earlier cluster may continue in one whose centroid is very near to its representative or, when half of the
    smaller cluster's ids coincide, quite near. Ids alone prove nothing: they may be positions in two requests.

    Args:
        candidates: the clusters found now.
        previous: earlier clusters, each with its representative's vector, shape (dimension,), unit length.
        questions: how many questions were sent now.

    Returns:
        One identity per candidate. `merged`: at least two earlier clusters continue in it; `split`: what it continues
        continues in others too; `grown`, `shrunk`: its share differs from the earlier one in a two-proportion z test
        at 1 %; else `steady`, or `born` when it continues nothing.
    """
    likeness = np.array([[_likeness(candidate, *earlier) for earlier in previous] for candidate in candidates])
    likeness = likeness.reshape(len(candidates), len(previous))
    matches = _matches(likeness, previous)
    heirs, origins = _best(likeness.T), _best(likeness)
    descendants = Counter(origin for origin in origins if origin is not None)
    identities = []
    for index, candidate in enumerate(candidates):
        match, origin = matches.get(index), origins[index]
        ancestor = None if match is None else previous[match][0]
        event: Event = "born"
        if heirs.count(index) > 1:
            event = "merged"
        elif origin is not None and descendants[origin] > 1:
            event = "split"
        elif ancestor is not None:
            event = _change(ancestor, len(candidate.members), questions)
        identities.append(Identity(ancestor, event))
    return identities


def _likeness(candidate: Candidate, cluster: Cluster, vector: NDArray[np.float32]) -> float:
    """How sure it is that the earlier cluster continues in the candidate; 0 when it doesn't."""
    cosine = float(candidate.centroid @ unit_rows(vector.sum(axis=0)))
    earlier = frozenset(cluster.members)
    shared = len(earlier & candidate.members) / max(1, min(len(earlier), len(candidate.members)))
    needed = _LEAST_LIKENESS if shared >= _LEAST_OVERLAP else _SURE_LIKENESS
    return cosine + shared if cosine >= needed else 0.0


def _matches(likeness: NDArray[np.float64], previous: Previous) -> dict[int, int]:
    """One-to-one matches, candidate to earlier cluster: greedy, the surest first, ties by the earlier id."""
    pairs = sorted(
        ((row, column) for row, column in np.argwhere(likeness > 0).tolist()),
        key=lambda pair: (-likeness[pair], previous[pair[1]][0].id, pair[0]),
    )
    matches: dict[int, int] = {}
    taken: set[int] = set()
    for row, column in pairs:
        if row not in matches and column not in taken:
            matches[row] = column
            taken.add(column)
    return matches


def _best(likeness: NDArray[np.float64]) -> list[int | None]:
    """Index of the largest value of each row, None where nothing is above 0."""
    return [int(row.argmax()) if row.size and row.max() > 0 else None for row in likeness]


def _change(ancestor: Cluster, size: int, questions: int) -> Event:
    if ancestor.share <= 0:
        return "steady"
    base = max(ancestor.size, round(ancestor.size / ancestor.share))
    pooled = (ancestor.size + size) / (base + questions)
    error = sqrt(pooled * (1 - pooled) * (1 / base + 1 / questions))
    change = size / questions - ancestor.size / base
    if abs(change) <= _CHANCE * error:
        return "steady"
    return "grown" if change > 0 else "shrunk"
