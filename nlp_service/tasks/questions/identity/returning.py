"""Clusters that were quiet or had died lately: how long they are remembered, and which of them have come back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from nlp_service.contracts import Cluster, GoneCluster
from nlp_service.tasks.questions.identity.events import NEWCOMER, RETURNED, Continued
from nlp_service.tasks.questions.identity.likeness import Cloud, Floats, Integers, likeness
from nlp_service.tasks.questions.identity.wordings import mostly_asked

MOST_RUNS: Final = 4
"""In how many runs a cluster may be quiet until it is forgotten."""
MOST_QUIET: Final = 200
"""Of how many quiet clusters the wordings are kept."""


class Quiet:
    """The quiet clusters of earlier runs, each with the vectors of its wordings."""

    def __init__(self, clusters: Sequence[Cluster], wordings: Sequence[Floats], same: float) -> None:
        self._clusters, self._wordings, self._same = clusters, wordings, same
        self._cloud = Cloud.of(wordings)

    def set_free(self, parents: Integers, alike: Floats, fresh: Cloud) -> Integers:
        """The parents, -1 for what is more alike a quiet cluster and isn't all that continues the living one.

        Args:
            alike: how alike each fresh cluster is to its parent, shape (fresh,).
        """
        if not self._clusters or not len(parents):
            return parents
        more = likeness(fresh, self._cloud).max(axis=1) > np.maximum(alike, self._same)
        left = {parent for parent, other in zip(parents.tolist(), more.tolist(), strict=True) if not other}
        return np.where(more & np.isin(parents, sorted(left)), -1, parents)

    def returned(self, parts: Sequence[tuple[int, Continued]]) -> list[tuple[int, Continued]]:
        """The parts; newcomers that ask what a quiet cluster asked are that one, the likest first."""
        found = list(parts)
        new = [place for place, (origin, _) in enumerate(parts) if origin == NEWCOMER]
        if not self._clusters or not new:
            return found
        vectors = [np.stack([group.vector for group in parts[place][1].groups]) for place in new]
        alike = likeness(Cloud.of([some.astype(np.float64) for some in vectors]), self._cloud)
        for row, number in np.dstack(np.unravel_index(np.argsort(-alike, axis=None, kind="stable"), alike.shape))[0]:
            if alike[row, number] >= self._same and mostly_asked(self._wordings[number], vectors[row]):
                cluster = self._clusters[number]
                part = replace(parts[new[row]][1], ancestor=cluster, event="steady", predecessors=[cluster.id])
                found[new[row]] = RETURNED, part
                alike[row], alike[:, number] = -1.0, -1.0
        return found


def remembered(
    gone: Sequence[GoneCluster], clusters: Sequence[Cluster], quiet: Sequence[Cluster], found: Sequence[Continued]
) -> list[GoneCluster]:
    """What is gone now, with what is needed to know it again, and what was quiet before and hasn't come back.

    Args:
        clusters: of the earlier answer.
        quiet: in earlier runs.
        found: the clusters of now.
    """
    records = {cluster.id: cluster for cluster in clusters}
    back = {part.ancestor.id for part in found if part.ancestor}
    kept = [one if one.event == "merged" else _noted(one, records[one.id]) for one in gone]
    room = MOST_QUIET - sum(one.event != "merged" for one in gone)
    still = [one for one in quiet if one.id not in back and one.quiet_runs < MOST_RUNS]
    still = sorted(still, key=lambda one: (one.quiet_runs, one.id))[: max(0, room)]
    return [*kept, *(_noted(GoneCluster(one.id, one.name, "quiet", []), one) for one in still)]


def _noted(gone: GoneCluster, record: Cluster) -> GoneCluster:
    return replace(
        gone,
        wordings=record.wordings or [record.representative],
        generated_name=record.generated_name,
        quiet_runs=record.quiet_runs + 1,
    )
