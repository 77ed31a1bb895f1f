"""Clusters as sets of groups, before they have names and identities."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp_service.tasks.questions.finding.density import OUTLIER, find_clusters
from nlp_service.tasks.questions.wording.repeats import Group


@dataclass(frozen=True, slots=True)
class Draft:
    """A cluster without name and identity.

    Attributes:
        groups: distinct wordings, by ascending key.
        stability: how much of its questions' neighbourhood is in the cluster, in [0, 1].
    """

    groups: tuple[Group, ...]
    stability: float


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


def _weighted_mean(certainty: np.ndarray, sizes: np.ndarray) -> float:
    known = ~np.isnan(certainty)
    return float(np.clip(np.average(certainty[known], weights=sizes[known]), 0, 1)) if known.any() else 0.0
