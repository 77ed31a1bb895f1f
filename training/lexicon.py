"""Fit the linear model over n-grams that stands beside a head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from nlp_service.lexicon import Lexicon

RARE = 4
ITERATIONS = 60
MOST_PARAMETERS = 10_000_000
"""While fitting; with more labels only the more frequent n-grams are looked at."""
MOST_WEIGHTS = 2_000_000
"""In a lexicon, 4 MB on disk; with more labels it holds fewer n-grams."""
MIN_PROBABILITY = 1e-6


@dataclass(frozen=True)
class Words:
    """Texts as a lexicon sees them.

    Attributes:
        rows: n-grams, shape (texts, BUCKETS); see `texts.words_of`.
        targets, considered, weights: as in `head.Bags`.
    """

    rows: sparse.csr_matrix
    targets: NDArray[np.float32]
    considered: NDArray[np.float32]
    weights: NDArray[np.float32]

    def select(self, chosen: NDArray[np.bool_]) -> "Words":
        """The texts where `chosen`, shape (texts,), is true."""
        return Words(self.rows[chosen], self.targets[chosen], self.considered[chosen], self.weights[chosen])


def fit(words: Words, *, decay: float, most: int, rare: int = RARE) -> Lexicon:
    """Multinomial logistic regression (L-BFGS), without biases.

    Before they are fitted, n-grams are scaled by their inverse document frequency, so that telling ones may speak in
    spite of `decay`.

    Args:
        decay: weight of half the squared norm in the loss.
        most: n-grams that are kept, those that move the most texts furthest.
        rare: n-grams of fewer texts are left out.
    """
    frequency = np.asarray((words.rows > 0).sum(axis=0)).ravel()
    labels = words.targets.shape[1]
    frequent = np.argsort(-frequency, kind="stable")[: MOST_PARAMETERS // labels]
    buckets = np.sort(frequent[frequency[frequent] >= min(rare, frequency.max())])
    scale = np.log(words.rows.shape[0] / frequency[buckets]) + 1
    features = (words.rows[:, buckets] @ sparse.diags(scale)).tocsr()
    matrix = _minimum(features, words, decay) * scale[:, None]
    spread = np.abs(matrix - matrix.mean(axis=1, keepdims=True)).max(axis=1) * np.sqrt(frequency[buckets])
    kept = np.sort(np.argsort(-spread, kind="stable")[: min(most, MOST_WEIGHTS // labels)])
    return Lexicon(buckets[kept], matrix[kept].astype(np.float32), np.zeros(labels, np.float32))


def log_probabilities(lexicon: Lexicon, rows: sparse.csr_matrix) -> NDArray[np.float64]:
    """What a lexicon says of texts, shape (texts, labels)."""
    logits = np.asarray(rows[:, lexicon.buckets] @ lexicon.weights, dtype=np.float64) + lexicon.biases
    logits -= logits.max(axis=1, keepdims=True)
    normalised: NDArray[np.float64] = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return normalised


def scaled(lexicon: Lexicon, factor: float) -> Lexicon:
    """The same, louder or softer."""
    by = np.float32(factor)
    return Lexicon(lexicon.buckets, lexicon.weights * by, lexicon.biases * by)


def _minimum(features: sparse.csr_matrix, words: Words, decay: float) -> NDArray[np.float64]:
    """The weights of least loss, shape (features, labels)."""
    across = features.T.tocsr()
    targets = words.targets.astype(np.float64)
    mask = np.where(words.considered > 0, 0.0, -np.inf)
    weights = (words.weights / words.weights.sum())[:, None]
    shape = (features.shape[1], targets.shape[1])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        matrix = flat.reshape(shape)
        logits = features @ matrix + mask
        probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        right = np.maximum((probabilities * targets).sum(axis=1, keepdims=True), MIN_PROBABILITY)
        difference = weights * (probabilities - probabilities * targets / right)
        value = -(weights * np.log(right)).sum() + decay / 2 * (matrix**2).sum()
        return float(value), (across @ difference + decay * matrix).ravel()

    options = {"maxiter": ITERATIONS}
    found: NDArray[np.float64] = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=options).x
    return found.reshape(shape)
