"""Bootstrap intervals of accuracy and adjusted Rand index: questions are drawn again; labels, clusters and the match of
both stay as they are, for a match made anew on every resample would find more right each time than there is.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993.
"""

import numpy as np
from numpy.typing import NDArray

from evaluation.questions.figures import OUTLIER, Labels, right
from evaluation.reasons.intervals import interval


def intervals(truth: Labels, found: Labels, resamples: int, seed: int) -> dict[str, dict[str, float]]:
    """`acc` and `ari` as in `figures.agreement`, each with its 95 % interval."""
    generator = np.random.default_rng(seed)
    rows = len(truth)
    resampled = Resampled(truth, found)
    once = np.ones(rows, dtype=np.intp)
    draws = [np.bincount(generator.integers(rows, size=rows), minlength=rows) for _ in range(resamples)]
    return {
        name: {"value": figure(once), **interval(np.array([figure(drawn) for drawn in draws]))}
        for name, figure in (("acc", resampled.acc), ("ari", resampled.ari))
    }


class Resampled:
    """Figures of questions that were drawn so many times, shape (questions,), each.

    A question drawn twice agrees with itself whatever the clustering is, so the index leaves pairs of copies out.
    """

    def __init__(self, truth: Labels, found: Labels) -> None:
        self._truth = truth
        self._inside = found != OUTLIER
        self._shape = int(truth.max()) + 1, int(found.max(initial=-1)) + 1
        self._right = right(truth, found)
        self._cells = (truth * self._shape[1] + found)[self._inside]

    def acc(self, drawn: NDArray[np.intp]) -> float:
        """Share in the right cluster; outliers are wrong."""
        return float(drawn @ self._right / drawn.sum())

    def ari(self, drawn: NDArray[np.intp]) -> float:
        """Adjusted Rand index with each outlier as a cluster of its own."""
        copies, copies_inside = _pairs(drawn), _pairs(drawn[self._inside])
        counts = self._counts(drawn)
        labels = np.bincount(self._truth, weights=drawn).astype(np.intp)
        both = _pairs(counts.ravel()) - copies_inside
        same_label, same_cluster = _pairs(labels) - copies, _pairs(counts.sum(axis=0)) - copies_inside
        expected = same_label * same_cluster / max(1, _pairs(drawn.sum(keepdims=True)) - copies)
        most = (same_label + same_cluster) / 2
        return 1.0 if most == expected else (both - expected) / (most - expected)

    def _counts(self, drawn: NDArray[np.intp]) -> NDArray[np.intp]:
        """As `figures.contingency`."""
        size = self._shape[0] * self._shape[1]
        weighted = np.bincount(self._cells, weights=drawn[self._inside], minlength=size)
        return weighted.astype(np.intp).reshape(self._shape)


def _pairs(counts: NDArray[np.intp]) -> int:
    return int((counts * (counts - 1) // 2).sum())
