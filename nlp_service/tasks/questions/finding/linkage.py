"""Average linkage: sets of alike wordings joined while their wordings are, on average, alike enough."""

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.intp]
Floats = NDArray[np.float64]


def linked(sums: Floats, counts: Labels, least: float) -> Labels:
    """Join the two sets with the highest mean cosine between their members, again and again, while it is high enough.

    Average linkage (Sokal and Michener 1958, UPGMA) from sets instead of single points. The mean cosine is an absolute
    measure, what the encoder takes for the same question: so the number of clusters follows from the texts, and a
    cluster's borders don't move with the rest of the request as those of density do.

    Args:
        sums: shape (k, dimension); of each set's unit vectors.
        counts: shape (k,); members of each set.
        least: lowest mean cosine at which two sets are joined.

    Returns:
        Shape (k,); the number of the joined set that each one is in, 0, 1, … by first appearance.
    """
    count = len(sums)
    dots, members = sums @ sums.T, counts.astype(np.float64)
    heads = np.arange(count)
    means = dots / np.outer(members, members)
    np.fill_diagonal(means, -np.inf)
    best = means.argmax(axis=1) if count else heads
    while count > 1:
        first = int(means[np.arange(len(sums)), best].argmax())
        second = int(best[first])
        if means[first, second] < least:
            break
        keep, drop = min(first, second), max(first, second)
        dots[keep] += dots[drop]
        dots[:, keep] += dots[:, drop]
        members[keep] += members[drop]
        heads[heads == drop] = keep
        row = np.where(np.isneginf(means[keep]), -np.inf, dots[keep] / (members[keep] * members))
        row[[keep, drop]] = -np.inf
        means[keep], means[:, keep] = row, row
        means[drop], means[:, drop] = -np.inf, -np.inf
        stale = (best == keep) | (best == drop)
        best[stale] = means[stale].argmax(axis=1)
        better = row > means[np.arange(len(sums)), best]
        best[better] = keep
        best[keep] = int(row.argmax())
        count -= 1
    return np.unique(heads, return_inverse=True)[1].astype(np.intp)
