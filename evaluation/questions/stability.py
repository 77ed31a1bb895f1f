"""Whether the same questions fall into the same clusters, by the same names, when a tenth of all is left out."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from evaluation.questions.figures import OUTLIER, Labels, contingency
from evaluation.questions.served import Grouping

SHARE = 0.9


def resampled(
    cluster: Callable[[Sequence[int]], Grouping], questions: int, *, runs: int, seed: int
) -> dict[str, float | int | None]:
    """Agreement between runs on samples of 90 %, over all pairs of runs, on the questions that both have.

    `ari_in_clusters` is over the questions that are in a cluster in both runs (their share is `share_in_clusters`);
    `ari_of_all` over all, the outliers of a run being one class. Each is a mean, `…_lowest` the lowest pair's.
    `names_kept`: of the clusters of two runs, matched one to one by the questions they share, the share that has a
    match by exactly the same name.

    Args:
        cluster: clusters the questions at some positions.
        questions: how many there are.
        runs: at least 2.
    """
    generator = np.random.default_rng(seed)
    samples = [np.sort(generator.permutation(questions)[: round(SHARE * questions)]) for _ in range(runs)]
    groupings = [cluster(sample.tolist()) for sample in samples]
    pairs = list(combinations(zip(samples, groupings, strict=True), 2))
    inside, everywhere, shares, names = zip(*(_pair(*first, *second) for first, second in pairs), strict=True)
    known = [value for value in inside if value is not None]
    clusters = [len(grouping.clusters) for grouping in groupings]
    return {
        "runs": runs,
        "ari_in_clusters": float(np.mean(known)) if known else None,
        "ari_in_clusters_lowest": min(known, default=None),
        "share_in_clusters": float(np.mean(shares)),
        "ari_of_all": float(np.mean(everywhere)),
        "ari_of_all_lowest": min(everywhere),
        "names_kept": float(np.mean(names)),
        "clusters_fewest": min(clusters),
        "clusters_most": max(clusters),
    }


def names_kept(first: Labels, second: Labels, names: tuple[Sequence[str], Sequence[str]]) -> float:
    """The share of two runs' clusters whose match in the other run has the same name; of no clusters, all.

    Args:
        first, second: clusters of the same questions in two runs, shape (questions,).
        names: of the clusters of each run.
    """
    both = (first != OUTLIER) & (second != OUTLIER)
    shared = contingency(first[both], second[both])
    pairs = zip(*linear_sum_assignment(shared, maximize=True), strict=True)
    kept = sum(names[0][row] == names[1][column] for row, column in pairs if shared[row, column])
    clusters = len(names[0]) + len(names[1])
    return 2 * kept / clusters if clusters else 1.0


def _pair(
    first_sample: NDArray[np.intp], first: Grouping, second_sample: NDArray[np.intp], second: Grouping
) -> tuple[float | None, float, float, float]:
    """The index in clusters, the index of all, the share in clusters, and names kept."""
    from sklearn.metrics import adjusted_rand_score

    _, in_first, in_second = np.intersect1d(first_sample, second_sample, assume_unique=True, return_indices=True)
    one, other = first.labels[in_first], second.labels[in_second]
    both = (one != OUTLIER) & (other != OUTLIER)
    return (
        float(adjusted_rand_score(one[both], other[both])) if both.any() else None,
        float(adjusted_rand_score(one, other)),
        float(both.mean()),
        names_kept(one, other, (first.names, second.names)),
    )
