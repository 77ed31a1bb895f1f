"""The wordings by which an earlier cluster is known, and whether they are still asked."""

from collections.abc import Sequence
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Cluster, QuestionItem
from nlp_service.tasks.questions.identity.likeness import LEAST_COSINE, Floats, Integers
from nlp_service.tasks.questions.wording.repeats import Group

# Cohen's kappa between the clusters that ids and vectors say.
_LEAST_AGREEMENT: Final = 0.5
_MOST_LOOKED_FOR: Final = 256
"""Wordings of one cluster; questions that are known by their ids may be many."""


def with_known(
    given: list[Floats],
    clusters: Sequence[Cluster],
    groups: Sequence[Group],
    found_homes: Integers,
    questions: Sequence[QuestionItem],
) -> list[Floats]:
    """The wordings, and the questions that are known by their ids to have been in the cluster, if ids tell.

    Args:
        given: the wordings of each earlier cluster, shape (wordings, dimension).
        found_homes: the earlier cluster that each group is at home in, -1 for none.
    """
    owner = {member: number for number, cluster in enumerate(clusters) for member in cluster.members}
    known = np.array([owner.get(questions[group.rows[0]].id, -1) for group in groups], dtype=np.intp)
    both = (known >= 0) & (found_homes >= 0)
    if not both.any():
        return given
    said, seen = known[both], found_homes[both]
    shares = [np.bincount(some, minlength=len(given)) / len(said) for some in (said, seen)]
    by_chance = float(shares[0] @ shares[1])
    if (said == seen).mean() - by_chance < _LEAST_AGREEMENT * (1 - by_chance) or by_chance == 1:
        return given
    vectors = np.stack([group.vector for group in groups]).astype(np.float64)
    return [np.unique(np.concatenate([some, vectors[known == number]]), axis=0) for number, some in enumerate(given)]


def still_asked(
    parents: Integers,
    nearest: Sequence[Integers],
    wordings: Sequence[Floats],
    fresh: Integers,
    vectors: NDArray[np.float32],
) -> Integers:
    """The parents, -1 where less than half of an earlier cluster's wordings are asked in what continues it.

    A wording is asked where the fresh cluster is that is nearest to it, if a question there is near enough.

    Args:
        parents: the earlier cluster that each fresh one continues, -1 for none.
        nearest: the fresh cluster that each wording of each earlier one is nearest to.
        fresh: the fresh cluster of each group, -1 for none.
        vectors: of the groups, shape (groups, dimension).
    """
    kept = parents.copy()
    for number in np.unique(parents[parents >= 0]).tolist():
        inside = np.append(parents == number, False)  # the last one is found by -1: in no fresh cluster
        if not mostly_asked(wordings[number], vectors[inside[fresh]], inside[nearest[number]]):
            kept[parents == number] = -1
    return kept


def mostly_asked(wordings: Floats, vectors: NDArray[np.float32], possible: NDArray[np.bool_] | None = None) -> bool:
    """Whether at least half of the wordings, or of some of many, are near enough to one of these questions.

    Args:
        possible: the wordings that count as asked at all; by default, all do.
    """
    some = slice(None, None, ceil(len(wordings) / _MOST_LOOKED_FOR))
    cosines = wordings[some].astype(np.float32) @ vectors.T
    asked = cosines.max(axis=1, initial=-1.0) >= LEAST_COSINE
    if possible is not None:
        asked &= possible[some]
    return bool(2 * asked.sum() >= len(asked))
