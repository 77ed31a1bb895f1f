"""Clusters as sets of groups, before they have names and identities."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_service.tasks.questions.finding.density import OUTLIER, find_clusters
from nlp_service.tasks.questions.wording.repeats import Group, unit_rows


@dataclass(frozen=True, slots=True)
class Draft:
    """A cluster without name and identity.

    Attributes:
        groups: distinct wordings, by ascending key.
        stability: how much of its questions' neighbourhood is in the cluster, in [0, 1].
    """

    groups: tuple[Group, ...]
    stability: float

    @property
    def size(self) -> int:
        return sum(group.size for group in self.groups)

    @property
    def direction(self) -> NDArray[np.float64]:
        """Mean direction of its questions, shape (dimension,), unit length."""
        vectors = np.stack([group.vector for group in self.groups]).astype(np.float64)
        return unit_rows(np.array([group.size for group in self.groups]) @ vectors)


def draft_clusters(
    groups: Sequence[Group], least_size: int, *, strict: bool = False
) -> tuple[list[Draft], list[Group]]:
    """Return the clusters of the groups, and the groups that are in none; for `strict` see `find_clusters`."""
    if not groups:
        return [], []
    sizes = np.array([group.size for group in groups])
    keys = [group.key for group in groups]
    found = find_clusters(np.stack([group.vector for group in groups]), sizes, keys, least_size, strict=strict)
    indices: defaultdict[int, list[int]] = defaultdict(list)
    for index, label in enumerate(found.labels.tolist()):
        indices[label].append(index)
    rest = [groups[index] for index in indices.pop(OUTLIER, [])]
    drafts = [
        Draft(tuple(groups[index] for index in chosen), _weighted_mean(found.certainty[chosen], sizes[chosen]))
        for _, chosen in sorted(indices.items())
    ]
    return drafts, rest


def merged(one: Draft, other: Draft) -> Draft:
    """The questions of both."""
    groups = sorted([*one.groups, *other.groups], key=lambda group: group.key)
    stability = (one.size * one.stability + other.size * other.stability) / (one.size + other.size)
    return Draft(tuple(groups), stability)


def _weighted_mean(certainty: np.ndarray, sizes: np.ndarray) -> float:
    known = ~np.isnan(certainty)
    return float(np.clip(np.average(certainty[known], weights=sizes[known]), 0, 1)) if known.any() else 0.0
