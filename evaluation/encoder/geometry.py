"""What distances alone are worth, without any training: pairs, retrieval, clustering."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.encoder.probes import average
from nlp_service.contracts import Vectors

RUNS = 5
STARTS = 4

Numbers = NDArray[np.floating]
Mask = NDArray[np.bool_]


def cosines(first: Vectors, second: Vectors) -> Numbers:
    """Cosine of each row with its counterpart; two arrays of shape (rows, dimension) give (rows,)."""
    products: Numbers = np.einsum("nd,nd->n", first, second)
    return products


def pair_auc(first: Vectors, second: Vectors, same: Sequence[int]) -> float:
    """Area under the ROC curve of the cosine: how often a pair of one meaning is nearer than a pair of two."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(same, cosines(first, second)))


def retrieval(scores: Numbers, right: Mask, *, candidates: Mask | None = None) -> dict[str, float]:
    """Recall at 1 and mean reciprocal rank of the best right one, a tie counting against it.

    Args:
        scores: shape (queries, items).
        right: which items answer a query, same shape; queries without any are left out.
        candidates: which items may be found at all, same shape (default: all).
    """
    allowed = np.ones_like(right) if candidates is None else candidates
    answers, answerable = right & allowed, (right & allowed).any(axis=1)
    best = np.where(answers, scores, -np.inf).max(axis=1, keepdims=True)
    ranks = 1 + (allowed & ~right & (scores >= best)).sum(axis=1)[answerable]
    return {"recall_at_1": float(np.mean(ranks == 1)), "mrr": float(np.mean(1 / ranks))}


def retrieval_of_same(vectors: Vectors, labels: Sequence[str]) -> dict[str, float]:
    """Each text asks for another of its label among all others; vectors of shape (texts, dimension)."""
    names = np.array(labels)
    others = ~np.eye(len(names), dtype=bool)
    return retrieval(vectors @ vectors.T, names[:, None] == names[None, :], candidates=others)


def clustering(vectors: Vectors, labels: Sequence[str], seed: int) -> dict[str, float]:
    """K-means with the true number of clusters, mean over five seeds; vectors of shape (texts, dimension)."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    truth = np.unique(labels, return_inverse=True)[1]
    runs = []
    for number in range(RUNS):
        found = KMeans(truth.max() + 1, n_init=STARTS, random_state=seed + number).fit_predict(vectors)
        runs.append(
            {
                "accuracy": matched_accuracy(truth, found),
                "nmi": float(normalized_mutual_info_score(truth, found)),
                "ari": float(adjusted_rand_score(truth, found)),
            }
        )
    return average(runs)


def matched_accuracy(truth: NDArray[np.integer], clusters: NDArray[np.integer]) -> float:
    """Share of texts in the right cluster under the best one-to-one match of clusters and labels.

    Source: Kuhn, "The Hungarian method for the assignment problem", 1955; as a clustering accuracy in Yang et al.,
    "Image Clustering Using Local Discriminant Models and Global Integration", 2010.
    """
    from scipy.optimize import linear_sum_assignment

    together = np.zeros((truth.max() + 1, clusters.max() + 1), dtype=int)
    np.add.at(together, (truth, clusters), 1)
    rows, columns = linear_sum_assignment(together, maximize=True)
    return float(together[rows, columns].sum() / len(truth))
