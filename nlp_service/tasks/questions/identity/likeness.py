"""How alike two sets of questions are, and in which cluster a question is at home."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.tasks.questions.wording.repeats import unit_rows

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

# Of the bundled encoder, version 5, between the limits from which `density` lets Chinese and English wordings into a
# cluster: at 0.6, members of Chinese clusters were at home nowhere, and 2 % fewer ids were kept from window to window.
LEAST_COSINE: Final = 0.53
_LEAST_COHERENCE: Final = 0.2
_ROWS_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True)
class Cloud:
    """What is needed of k sets of unit vectors to compare them.

    Attributes:
        mean: shape (k, dimension), not of unit length.
        coherence: shape (k,); mean cosine between different vectors of the set, nan where there is one only.
    """

    mean: Floats
    coherence: Floats

    @classmethod
    def of(cls, sets: Sequence[Floats], unknown: float = nan) -> "Cloud":
        """Describe sets of at least one vector; `unknown` is the coherence of a single one."""
        if not sets:
            return cls(np.empty((0, 0)), np.empty(0))
        return cls(
            np.stack([vectors.mean(axis=0) for vectors in sets]),
            np.array([_coherence(vectors) if len(vectors) > 1 else unknown for vectors in sets]),
        )

    def __getitem__(self, which: int | list[int]) -> "Cloud":
        rows = np.atleast_1d(which)
        return Cloud(self.mean[rows], self.coherence[rows])


def likeness(some: Cloud, others: Cloud) -> Floats:
    """Return how alike each of k sets is to each of l others, shape (k, l): about 1 for samples of one topic.

    The mean cosine across two sets is divided by the geometric mean of those within (correction for attenuation:
    Spearman, American Journal of Psychology 1904), so that it depends neither on how many vectors there are nor on
    how wide the topic is. A set of one vector is taken to be as wide as the other.
    """
    if not len(some.mean) or not len(others.mean):
        return np.zeros((len(some.mean), len(others.mean)))
    one, other = np.broadcast_arrays(some.coherence[:, None], others.coherence[None, :])
    within = np.where(np.isnan(one), other, one) * np.where(np.isnan(other), one, other)
    across: Floats = some.mean @ others.mean.T
    return across / np.sqrt(np.where(np.isnan(within), 1.0, within))


def mean_direction(sets: Sequence[NDArray[np.floating]]) -> Floats:
    """Return the mean directions of sets of unit vectors, shape (sets, dimension)."""
    return (
        unit_rows(np.stack([vectors.sum(axis=0, dtype=np.float64) for vectors in sets])) if sets else np.empty((0, 0))
    )


def homes(vectors: NDArray[np.float32], middles: Floats) -> Integers:
    """Return the number of the nearest middle of each unit row, -1 where the cosine is below 0.53."""
    found = np.full(len(vectors), -1, dtype=np.intp)
    columns = middles.T.astype(np.float32)
    for start in range(0, len(vectors) if len(middles) else 0, _ROWS_AT_ONCE):
        cosines = vectors[start : start + _ROWS_AT_ONCE] @ columns
        found[start : start + _ROWS_AT_ONCE] = np.where(cosines.max(axis=1) >= LEAST_COSINE, cosines.argmax(axis=1), -1)
    return found


def homes_without_themselves(vectors: NDArray[np.float32], sums: Floats, own: Integers) -> Integers:
    """As `homes`, of vectors that are in a sum themselves: their own middle is that of the others in it.

    Args:
        sums: of the unit vectors of each set, shape (sets, dimension).
        own: the set that each vector is in, -1 for none.
    """
    middles = unit_rows(sums)
    found = homes(vectors, middles)
    inside = np.flatnonzero(own >= 0)
    for start in range(0, len(inside), _ROWS_AT_ONCE):
        rows = inside[start : start + _ROWS_AT_ONCE]
        cosines = vectors[rows] @ middles.T
        others = unit_rows(sums[own[rows]] - vectors[rows])
        cosines[np.arange(len(rows)), own[rows]] = np.einsum("nd,nd->n", vectors[rows], others)
        found[rows] = np.where(cosines.max(axis=1) >= LEAST_COSINE, cosines.argmax(axis=1), -1)
    return found


def _coherence(vectors: Floats) -> float:
    """Mean cosine between different rows, from the length of their sum; bounded, as likeness is divided by it."""
    count, total = len(vectors), vectors.sum(axis=0)
    return max(_LEAST_COHERENCE, float((total @ total - count) / (count * (count - 1))))
