"""Clusters as sets of groups, before they have names and identities."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.tasks.questions.density import OUTLIER, find_clusters
from nlp_service.tasks.questions.naming import makes_name
from nlp_service.tasks.questions.repeats import Group, unit_rows
from nlp_service.text import detect_language

# A wording sent in a tenth of the cluster's questions is one that customers use, not a coincidence.
_FREQUENT_SHARE: Final = 0.1
# How much nearer to the centroid a wording must be to be preferred though it makes no good name: too long, partly
# masked, or not in the script of most questions.
_UNFIT_COSINE: Final = 0.04


@dataclass(frozen=True, slots=True)
class Draft:
    """A cluster without name and identity.

    Attributes:
        groups: distinct wordings, by ascending key.
        rows: positions of the questions in the request, ascending.
        representative: the most central wording among the most frequent ones.
        centroid: mean direction of the questions' vectors, shape (dimension,), unit length.
        stability: mean membership probability of the questions.
    """

    groups: tuple[Group, ...]
    rows: tuple[int, ...]
    representative: Group
    centroid: NDArray[np.float32]
    stability: float


def draft_clusters(groups: Sequence[Group], min_cluster_size: int) -> tuple[list[Draft], list[Group]]:
    """Return the clusters of the groups, and the groups that are in none."""
    if not groups:
        return [], []
    sizes = np.array([group.size for group in groups])
    found = find_clusters(np.stack([group.vector for group in groups]), sizes, min_cluster_size)
    indices: defaultdict[int, list[int]] = defaultdict(list)
    for index, label in enumerate(found.labels.tolist()):
        indices[label].append(index)
    rest = [groups[index] for index in indices.pop(OUTLIER, [])]
    drafts = [_draft([groups[index] for index in chosen], found.certainty[chosen]) for chosen in indices.values()]
    return drafts, rest


def _draft(groups: list[Group], certainty: NDArray[np.float64]) -> Draft:
    sizes = np.array([group.size for group in groups])
    vectors = np.stack([group.vector for group in groups]).astype(np.float64)
    centroid = unit_rows(sizes @ vectors)
    cosines = vectors @ centroid
    return Draft(
        groups=tuple(groups),
        rows=tuple(sorted(row for group in groups for row in group.rows)),
        representative=_representative(groups, sizes, cosines),
        centroid=centroid.astype(np.float32),
        stability=float(np.clip(np.average(certainty, weights=sizes), 0, 1)),
    )


def _representative(groups: list[Group], sizes: NDArray[np.intp], cosines: NDArray[np.float64]) -> Group:
    most = sizes.max()
    frequent = sizes > most / 2 if most > 1 and most >= _FREQUENT_SHARE * sizes.sum() else sizes > 0
    languages = [detect_language(group.text) for group in groups]
    counts: Counter[str] = Counter()
    for language, size in zip(languages, sizes.tolist(), strict=True):
        counts[language] += size
    usual = max(sorted(counts), key=lambda language: counts[language])
    unfit = np.array(
        [language != usual or not makes_name(group.text) for language, group in zip(languages, groups, strict=True)]
    )
    scores = np.where(frequent, cosines - _UNFIT_COSINE * unfit, -np.inf)
    return groups[int(scores.argmax())]
