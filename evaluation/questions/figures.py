"""How well clusters agree with labels. A question that is in no cluster, an outlier, is never right.

Sources: accuracy under the best one-to-one match: Kuhn, "The Hungarian method for the assignment problem", 1955; for
clusters: Yang et al., "Image Clustering Using Local Discriminant Models and Global Integration", 2010. Normalised
mutual information and adjusted Rand index: Vinh et al., "Information Theoretic Measures for Clusterings Comparison",
JMLR 2010. V-measure: Rosenberg and Hirschberg, EMNLP 2007. Precision, recall, F1 and example coverage: Gung et al.,
"Intent Induction from Conversations for Task-Oriented Dialogue Track at DSTC 11", 2023.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Labels = NDArray[np.intp]
"""A number for each question, shape (questions,): 0, 1, …, and for clusters OUTLIER where it is in none."""
Counts = NDArray[np.intp]

OUTLIER: Final = -1
SINGLETONS: Final = "each a cluster of its own"
ONE_CLUSTER: Final = "all in one cluster"
LEFT_OUT: Final = "left out"
MEASURES: Final = ("nmi", "ari", "homogeneity", "completeness", "v_measure")


def numbered(names: Sequence[str]) -> Labels:
    """Names as numbers, equal ones alike."""
    return np.unique(np.array(names, dtype=object), return_inverse=True)[1].astype(np.intp)


def contingency(truth: Labels, found: Labels) -> Counts:
    """How many questions of each label are in each cluster, shape (labels, clusters); outliers are in none."""
    labels, clusters = int(truth.max(initial=-1)) + 1, int(found.max(initial=-1)) + 1
    inside = found != OUTLIER
    cells = truth[inside] * clusters + found[inside]
    return np.bincount(cells, minlength=labels * clusters).reshape(labels, clusters)


def matched(counts: Counts) -> int:
    """Questions in the right cluster under the best one-to-one match of labels and clusters."""
    return int(counts[linear_sum_assignment(counts, maximize=True)].sum())


def right(truth: Labels, found: Labels) -> NDArray[np.bool_]:
    """Which questions are in the right cluster under that match, shape (questions,); outliers aren't."""
    counts = contingency(truth, found)
    label_of = np.full(counts.shape[1], OUTLIER, dtype=np.intp)
    labels, clusters = linear_sum_assignment(counts, maximize=True)
    label_of[clusters] = labels
    hits = np.zeros(len(truth), dtype=np.bool_)
    inside = found != OUTLIER
    hits[inside] = label_of[found[inside]] == truth[inside]
    return hits


def agreement(truth: Labels, found: Labels) -> dict[str, float | int | None]:
    """The figures of a clustering, outliers counting as wrong and, in `nmi` and `ari`, as clusters of one question.

    `precision` gives each cluster its most frequent label, `recall` each label its most frequent cluster; both are
    shares of all questions. `example_coverage` is the share of questions whose label was given to a cluster.
    """
    counts, rows = contingency(truth, found), len(truth)
    inside = int(counts.sum())
    hits = matched(counts)
    precision, recall = (int(counts.max(axis=axis, initial=0).sum()) / rows for axis in (0, 1))
    used = counts[:, counts.any(axis=0)]
    covered = np.unique(used.argmax(axis=0)) if used.size else np.zeros(0, dtype=np.intp)
    compared = _compared(truth, _singled(found))
    return {
        "questions": rows,
        "labels": len(np.unique(truth)),
        "clusters": len(np.unique(found[found != OUTLIER])),
        "share_of_outliers": 1 - inside / rows,
        "acc": hits / rows,
        "acc_of_clustered": hits / inside if inside else None,
        "nmi": compared["nmi"],
        "ari": compared["ari"],
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if inside else 0.0,
        "example_coverage": float(np.isin(truth, covered).mean()),
    }


def by_convention(truth: Labels, found: Labels) -> dict[str, dict[str, float | None]]:
    """What the figures are when outliers are each a cluster, all one cluster, or left out (None if nothing is left).

    `v_measure` is the harmonic mean of homogeneity and completeness, which is `nmi` normalised by the arithmetic mean.
    """
    inside = found != OUTLIER
    together = np.where(inside, found, found.max(initial=-1) + 1)
    counts = contingency(truth, found)
    hits = matched(counts)
    left: dict[str, float | None] = dict.fromkeys(("acc", *MEASURES))
    if inside.any():
        left = {"acc": hits / int(inside.sum()), **_compared(truth[inside], found[inside])}
    return {
        SINGLETONS: {"acc": hits / len(truth), **_compared(truth, _singled(found))},
        ONE_CLUSTER: {"acc": matched(contingency(truth, together)) / len(truth), **_compared(truth, together)},
        LEFT_OUT: left,
    }


def _compared(truth: Labels, found: Labels) -> dict[str, Any]:
    from sklearn.metrics import (
        adjusted_rand_score,
        homogeneity_completeness_v_measure,
        normalized_mutual_info_score,
    )

    values = (
        normalized_mutual_info_score(truth, found),
        adjusted_rand_score(truth, found),
        *homogeneity_completeness_v_measure(truth, found),
    )
    return {name: float(value) for name, value in zip(MEASURES, values, strict=True)}


def _singled(found: Labels) -> Labels:
    """Each outlier as a cluster of its own."""
    single = found.copy()
    outliers = np.flatnonzero(found == OUTLIER)
    single[outliers] = found.max(initial=-1) + 1 + np.arange(len(outliers))
    return single
