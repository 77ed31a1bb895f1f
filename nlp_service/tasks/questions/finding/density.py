"""Which wordings ask the same: dense regions first, joined while they are alike, then what lies around them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.tasks.questions.finding.linkage import linked
from nlp_service.tasks.questions.finding.neighbourhood import Neighbourhood
from nlp_service.tasks.questions.wording.repeats import unit_rows
from nlp_service.text import detect_language

Labels = NDArray[np.intp]
Floats = NDArray[np.float64]

OUTLIER: Final = -1
MOST_CLUSTERED: Final = 20_000
"""Of more distinct wordings, the most frequent ones and a random part of the rest are; the others join."""

_DIMENSIONS: Final = 32
_LEAST_DENSE, _MOST_DENSE = 3, 5
_WORDINGS_PER_SQUARED_DENSE: Final = 60
_MIN_SAMPLES: Final = 2
_QUESTIONS_PER_SQUARED_SIZE: Final = 24
# Cosines of the bundled encoder, version 6; chosen on thirteen sets of labelled questions in both languages, insurance
# calls, shop and assistant among them. Medians between different texts: of several labels 0.20 to 0.30 in Chinese and
# 0.27 to 0.36 in English, of one label 0.53 to 0.86 and 0.62 to 0.83. Another encoder needs others: the step from
# version 4 to 5 moved those of English by 0.02 to 0.05, which cost ten points of accuracy on calls until these
# followed.
_LEAST_NEARNESS_TO_JOIN: Final = 0.46
_ROUNDS: Final = 2
_BLOCK: Final = 65_536


@dataclass(frozen=True, slots=True)
class _Limits:
    """Cosines from which wordings belong together.

    Attributes:
        likeness: mean between the wordings of regions that are joined.
        nearness: of a wording to its cluster's middle.
        coherence: mean between the wordings of a cluster; others are dissolved.
        stability: certainty of a cluster's questions on average, no cosine; others are dissolved.
    """

    likeness: float
    nearness: float
    coherence: float
    stability: float = 0.0

    @classmethod
    def of(cls, wordings: Sequence[str], *, strict: bool = False) -> "_Limits":
        """Those of the wordings' language; of both languages together, in between."""
        share = sum(detect_language(wording).startswith("zh") for wording in wordings) / max(1, len(wordings))
        more = _STRICTER if strict else _Limits(0, 0, 0)
        return cls(
            share * _CHINESE.likeness + (1 - share) * _ENGLISH.likeness + more.likeness,
            share * _CHINESE.nearness + (1 - share) * _ENGLISH.nearness + more.nearness,
            share * _CHINESE.coherence + (1 - share) * _ENGLISH.coherence + more.coherence,
            more.stability,
        )


_CHINESE: Final = _Limits(likeness=0.53, nearness=0.51, coherence=0.38)
_ENGLISH: Final = _Limits(likeness=0.58, nearness=0.54, coherence=0.38)
# Added. Of 290 clusters that were read, those of less likeness or stability were mostly mixed, chats' above all.
_STRICTER: Final = _Limits(likeness=0.06, nearness=0.12, coherence=0.19, stability=0.4)


@dataclass(frozen=True, slots=True)
class Density:
    """Which cluster each of m distinct wordings is in.

    Attributes:
        labels: shape (m,); 0, 1, … or OUTLIER.
        certainty: shape (m,); how much of the wording's neighbourhood is in its cluster, in [0, 1]; NaN if not known.
    """

    labels: Labels
    certainty: Floats


def size_limit(questions: int) -> int:
    """Smallest cluster worth reporting: it grows with the square root, which keeps the number of clusters readable."""
    return max(3, round(sqrt(questions / _QUESTIONS_PER_SQUARED_SIZE)))


def find_clusters(
    vectors: NDArray[np.float32], sizes: Labels, keys: Sequence[str], least_size: int, *, strict: bool = False
) -> Density:
    """Cluster distinct wordings; how many clusters there are follows from the texts.

    1. Vectors are smoothed over their nearest neighbours and reduced by principal components.
    2. HDBSCAN (Campello et al. 2013; excess of mass) finds small dense regions, what it leaves out goes to the
       nearest one if it is near.
    3. Regions are joined by average linkage while the mean cosine of their wordings is large enough.
    4. Regions of fewer than `least_size` questions are dissolved, and every wording goes to the nearest that is left,
       or to none if its cosine to that one's middle is too small.

    A wording in no cluster that was sent `least_size` times is one by itself. Where no region is dense, because all
    texts ask the same, they are one cluster.

    Args:
        vectors: shape (m, dimension), unit rows.
        sizes: shape (m,); how often each wording was sent.
        keys: the wordings; of too many, it depends on them alone which are clustered. What is alike enough depends on
            their language.
        least_size: smallest number of questions in a cluster; at least 2.
        strict: whether wordings must be more alike.
    """
    limits, chosen = _Limits.of(keys, strict=strict), _chosen(sizes, keys)
    labels, certainty = np.full(len(vectors), OUTLIER, dtype=np.intp), np.full(len(vectors), np.nan)
    labels[chosen], certainty[chosen] = _dense(
        vectors[chosen], sizes[chosen], least_size * len(chosen) / len(vectors), limits
    )
    others = np.setdiff1d(np.arange(len(vectors)), chosen, assume_unique=True)
    if labels.max() >= 0:
        middles = unit_rows(_sums(vectors, labels))
        for block in _blocks(others):
            labels[block] = _nearest(vectors[block], vectors[block], middles, limits)
        labels = _numbered(_without_small(labels, sizes, least_size))
    elif sizes.sum() >= least_size and _coherence(vectors) >= limits.likeness:
        labels[:], certainty[:] = 0, 1.0
    alone = np.flatnonzero((labels == OUTLIER) & (sizes >= least_size))
    labels[alone], certainty[alone] = np.arange(len(alone)) + labels.max() + 1, 1.0
    return Density(labels, certainty)


def _chosen(sizes: Labels, keys: Sequence[str]) -> Labels:
    """Rows that are clustered, ascending: all, or the most frequent ones and of equals those of the lowest hash."""
    if len(sizes) <= MOST_CLUSTERED:
        return np.arange(len(sizes))
    hashes = np.array([int.from_bytes(hashlib.blake2b(key.encode(), digest_size=7).digest()) for key in keys])
    return np.sort(np.lexsort((hashes, -sizes))[:MOST_CLUSTERED])


def _dense(vectors: NDArray[np.float32], sizes: Labels, least_size: float, limits: _Limits) -> tuple[Labels, Floats]:
    """Labels and certainty of some wordings."""
    nothing = np.full(len(vectors), OUTLIER, dtype=np.intp), np.zeros(len(vectors))
    if len(vectors) <= _LEAST_DENSE:
        return nothing
    neighbourhood = Neighbourhood.of(vectors)
    smooth = neighbourhood.smooth(vectors)
    points = _reduced(smooth)
    labels = _hdbscan(points)
    if labels.max() < 0:
        return nothing
    near = (points @ unit_rows(_sums(points, labels)).T).argmax(axis=1)
    cosines = np.einsum("md,md->m", vectors, unit_rows(_sums(vectors, labels))[near])
    labels = np.where((labels == OUTLIER) & (cosines >= _LEAST_NEARNESS_TO_JOIN), near, labels)
    joined = linked(_sums(vectors, labels), np.bincount(labels[labels != OUTLIER]), limits.likeness)
    labels = np.where(labels == OUTLIER, OUTLIER, joined[labels])
    for _ in range(_ROUNDS):
        labels = _numbered(_without_small(labels, sizes, least_size))
        if labels.max() < 0:
            return nothing
        labels = _nearest(smooth, vectors, unit_rows(_sums(vectors, labels)), limits, unit_rows(_sums(smooth, labels)))
    labels = _numbered(_without_incoherent(_without_small(labels, sizes, least_size), vectors, limits.coherence))
    labels = _numbered(_without_unstable(labels, neighbourhood.agreement(labels), sizes, limits.stability))
    return labels, neighbourhood.agreement(labels)


def _nearest(
    points: Floats | NDArray[np.float32],
    vectors: NDArray[np.float32],
    middles: Floats,
    limits: _Limits,
    centres: Floats | None = None,
) -> Labels:
    """The cluster whose centre each point is nearest to, unless its vector is too far from that cluster's middle."""
    near = (points @ (middles if centres is None else centres).T).argmax(axis=1)
    cosines = np.einsum("md,md->m", vectors, middles[near])
    return np.where(cosines >= limits.nearness, near, OUTLIER)


def _reduced(points: Floats) -> Floats:
    """Centre, and keep the directions of largest variance: shape (m, ≤ 32), unit rows."""
    centred = points - points.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return unit_rows(centred @ directions[:, -_DIMENSIONS:])


def _hdbscan(points: Floats) -> Labels:
    from hdbscan import HDBSCAN

    # The approximate spanning tree and several jobs would make the answer depend on timing.
    model = HDBSCAN(
        min_cluster_size=min(_MOST_DENSE, max(_LEAST_DENSE, round(sqrt(len(points) / _WORDINGS_PER_SQUARED_DENSE)))),
        min_samples=_MIN_SAMPLES,
        algorithm="boruvka_kdtree",
        approx_min_span_tree=False,
        core_dist_n_jobs=1,
    ).fit(points)
    labels: Labels = model.labels_.astype(np.intp)
    return labels


def _sums(vectors: Floats | NDArray[np.float32], labels: Labels) -> Floats:
    """Sum of the vectors with each label 0, 1, …: shape (clusters, dimension)."""
    sums = np.zeros((labels.max() + 1, vectors.shape[1]))
    for block in _blocks(np.flatnonzero(labels >= 0)):
        np.add.at(sums, labels[block], vectors[block])
    return sums


def _blocks(rows: Labels) -> Iterator[Labels]:
    """The rows a few at a time: copies of a million vectors would take gigabytes."""
    return (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))


def _without_small(labels: Labels, sizes: Labels, least_size: float) -> Labels:
    inside = labels >= 0
    questions = np.bincount(labels[inside], weights=sizes[inside], minlength=labels.max() + 1)
    large = np.append(questions >= least_size, False)  # OUTLIER is the last
    return np.where(large[labels], labels, OUTLIER)


def _without_incoherent(labels: Labels, vectors: NDArray[np.float32], least: float) -> Labels:
    incoherent = [label for label in np.unique(labels[labels >= 0]) if _coherence(vectors[labels == label]) < least]
    return np.where(np.isin(labels, incoherent), OUTLIER, labels)


def _without_unstable(labels: Labels, certainty: Floats, sizes: Labels, least: float) -> Labels:
    inside = labels >= 0
    questions = np.bincount(labels[inside], weights=sizes[inside], minlength=labels.max() + 1)
    certain = np.bincount(labels[inside], weights=(certainty * sizes)[inside], minlength=labels.max() + 1)
    stable = np.append(certain >= least * questions, False)  # OUTLIER is the last
    return np.where(stable[labels], labels, OUTLIER)


def _numbered(labels: Labels) -> Labels:
    """The same clusters numbered 0, 1, … without gaps."""
    known, numbers = np.unique(labels, return_inverse=True)
    return (numbers - (known[0] == OUTLIER)).astype(np.intp) if len(known) else labels


def _coherence(vectors: NDArray[np.float32]) -> float:
    """Mean cosine between different rows of unit rows, from the length of their sum; 1 for a single one."""
    count = len(vectors)
    if count < 2:
        return 1.0
    total = vectors.sum(axis=0, dtype=np.float64)
    return float((total @ total - count) / (count * (count - 1)))
