"""Where the questions lie densely: HDBSCAN, then the questions in between given to the cluster they resemble."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.tasks.questions.repeats import unit_rows

Labels = NDArray[np.intp]
Floats = NDArray[np.float64]

OUTLIER: Final = -1
# Chosen on 913 English insurance utterances and by reading clusters of 1 400 Chinese retail sentences.
_DIMENSIONS: Final = 50
_MIN_SAMPLES: Final = 2
_QUESTIONS_PER_SQUARED_SIZE: Final = 12
_LEAST_LIKENESS: Final = 0.65
# Mean cosine between different texts of the bundled encoder, version 1, on ten sets of labelled questions. Unrelated
# texts of one domain: 0.24 to 0.45; paraphrases of one question: 0.49 to 0.81. To a cluster's middle: its own 0.74 to
# 0.91, others 0.31 to 0.52.
_LEAST_COHERENCE: Final = 0.5
_LEAST_NEARNESS: Final = 0.55
_DEEPEST: Final = 3
_ONE_QUESTION_COHERENCE: Final = 0.55


@dataclass(frozen=True, slots=True)
class Density:
    """Which cluster each of m distinct wordings is in.

    Attributes:
        labels: shape (m,); 0, 1, … or OUTLIER.
        certainty: shape (m,); HDBSCAN's membership probability, 0 for a wording that joined afterwards, 1 where a
            cluster was found without HDBSCAN.
    """

    labels: Labels
    certainty: Floats


def find_clusters(vectors: NDArray[np.float32], sizes: NDArray[np.intp], min_cluster_size: int) -> Density:
    """Cluster distinct wordings.

    The vectors are centred and reduced by principal components, because density means little in hundreds of
    dimensions; HDBSCAN (Campello et al. 2013; excess of mass) finds the dense regions. Of what it leaves out, a wording
    joins the nearest cluster if its cosine to the centroid is at least 0.65 of the members' median cosine. Members
    that are far from the others are released. A cluster with too little in common (all that is in one language, say)
    is centred on itself and clustered again.

    A wording left over that was sent `min_cluster_size` times becomes a cluster by itself. Where no cluster stands out,
    because all texts ask the same, they are one cluster.

    Args:
        vectors: shape (m, dimension), m > 0, unit rows.
        sizes: shape (m,); how often each wording was sent.
        min_cluster_size: smallest number of questions in a cluster. HDBSCAN's own limit is no smaller and grows with
            the square root of the number of wordings, which keeps the number of clusters readable.
    """
    labels, certainty = np.full(len(vectors), OUTLIER, dtype=np.intp), np.zeros(len(vectors))
    exact = vectors.astype(np.float64)
    limit = max(min_cluster_size, round(sqrt(len(vectors) / _QUESTIONS_PER_SQUARED_SIZE)))
    found = _coherent_clusters(exact, np.arange(len(vectors)), limit, _DEEPEST)
    if not found and len(vectors) >= min_cluster_size and _coherence(exact) >= _ONE_QUESTION_COHERENCE:
        found = [(np.arange(len(vectors)), np.ones(len(vectors)))]
    large_enough = [(rows, sure) for rows, sure in found if sizes[rows].sum() >= min_cluster_size]
    for number, (rows, sure) in enumerate(large_enough):
        labels[rows], certainty[rows] = number, sure
    alone = np.flatnonzero((labels == OUTLIER) & (sizes >= min_cluster_size))
    labels[alone], certainty[alone] = np.arange(len(alone)) + len(large_enough), 1.0
    return Density(labels, certainty)


def _coherent_clusters(vectors: Floats, rows: Labels, limit: int, depth: int) -> list[tuple[Labels, Floats]]:
    """Clusters among some rows of the vectors, each as its rows and their certainty."""
    if len(rows) <= limit or depth == 0:
        return []
    points = _reduced(vectors[rows])
    labels, certainty = _hdbscan(points, limit)
    labels = _joined(points, labels)
    clusters: list[tuple[Labels, Floats]] = []
    for label in range(labels.max() + 1):
        inside = np.flatnonzero(labels == label)
        near = inside[_nearness(vectors[rows[inside]]) >= _LEAST_NEARNESS]
        if 2 * len(near) > len(inside) and _coherence(vectors[rows[near]]) >= _LEAST_COHERENCE:
            clusters.append((rows[near], certainty[near]))
        else:
            clusters.extend(_coherent_clusters(vectors, rows[inside], limit, depth - 1))
    return clusters


def _coherence(vectors: Floats) -> float:
    """Mean cosine between different rows of at least two unit rows, from the length of their sum."""
    count = len(vectors)
    total = vectors.sum(axis=0)
    return float((total @ total - count) / (count * (count - 1)))


def _nearness(members: Floats) -> Floats:
    """Cosine of each member to the mean direction of the half that is nearest to the mean of all."""
    nearest = np.argsort(-(members @ members.sum(axis=0)), kind="stable")[: (len(members) + 1) // 2]
    cosines: Floats = members @ unit_rows(members[nearest].sum(axis=0))
    return cosines


def _reduced(vectors: Floats) -> Floats:
    """Centre, and keep the directions of largest variance: shape (m, ≤ 50), unit rows."""
    centred = unit_rows(vectors - vectors.mean(axis=0))
    centred -= centred.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return unit_rows(centred @ directions[:, -_DIMENSIONS:])


def _hdbscan(points: Floats, limit: int) -> tuple[Labels, Floats]:
    from hdbscan import HDBSCAN

    # The approximate spanning tree and several jobs would make the answer depend on timing.
    model = HDBSCAN(
        min_cluster_size=limit,
        min_samples=_MIN_SAMPLES,
        algorithm="boruvka_kdtree",
        approx_min_span_tree=False,
        core_dist_n_jobs=1,
    ).fit(points)
    return model.labels_.astype(np.intp), model.probabilities_.astype(np.float64)


def _joined(points: Floats, labels: Labels) -> Labels:
    clusters = labels.max() + 1
    if not clusters:
        return labels
    centroids = unit_rows(np.stack([points[labels == label].mean(axis=0) for label in range(clusters)]))
    cosines = points @ centroids.T
    typical = np.array([np.median(cosines[labels == label, label]) for label in range(clusters)])
    nearest = cosines.argmax(axis=1)
    alike = cosines[np.arange(len(points)), nearest] >= _LEAST_LIKENESS * typical[nearest]
    return np.where((labels == OUTLIER) & alike, nearest, labels)
