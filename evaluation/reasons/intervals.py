"""Bootstrap intervals of figures that follow from sums over rows, so that a thousand resamples are one product.

Rows are drawn with replacement; an interval is the 2.5th to the 97.5th percentile. Source: Efron and Tibshirani, "An
Introduction to the Bootstrap", 1993.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluation.metrics import BINS

PERCENTILES = (2.5, 97.5)
COUNTS_AT_ONCE = 4_000_000
"""Rows times resamples that are held in memory at a time."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Statistic:
    """A figure as a function of sums over rows.

    Attributes:
        terms: what each row adds to each sum, a sparse matrix of shape (rows, sums).
        finish: from sums, shape (resamples, sums), to the figure, shape (resamples,).
    """

    terms: Any
    finish: Callable[[Numbers], Numbers]


def accuracy(right: NDArray[np.bool_]) -> Statistic:
    """The share of rows that are right."""
    return Statistic(sparse.csr_matrix(right[:, None].astype(float)), lambda sums: sums[:, 0] / len(right))


def macro_f1(truth: Sequence[str], predicted: Sequence[str]) -> Statistic:
    """Macro-F1 over the labels that occur in the (resampled) truth."""
    labels = {label: number for number, label in enumerate(sorted(set(truth)))}
    none = len(labels)
    given = np.array([labels[label] for label in truth])
    said = np.array([labels.get(label, none) for label in predicted])
    rows = np.arange(len(truth))
    right, known = given == said, said < none
    cells = [(rows[right], given[right]), (rows[known], none + said[known]), (rows, 2 * none + given)]
    places = tuple(np.concatenate(part) for part in zip(*cells, strict=True))
    terms = sparse.csr_matrix((np.ones(len(places[0])), places), shape=(len(rows), 3 * none))

    def finish(sums: Numbers) -> Numbers:
        both, predictions, truths = np.split(sums, 3, axis=1)
        f1 = 2 * both / np.maximum(predictions + truths, 1)
        occurs = truths > 0
        mean: Numbers = (f1 * occurs).sum(axis=1) / occurs.sum(axis=1)
        return mean

    return Statistic(terms, finish)


def hierarchical_f1(counts: Numbers) -> Statistic:
    """Hierarchical F1 of `decisions.ancestor_counts`."""
    return Statistic(sparse.csr_matrix(counts), lambda sums: 2 * sums[:, 0] / np.maximum(sums[:, 1] + sums[:, 2], 1))


def calibration_error(probabilities: Numbers, right: Numbers) -> Statistic:
    """Expected calibration error. Resamples scatter more than the rows do, so its interval tends to lie high."""
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    places = (np.arange(len(bins)), bins)
    terms = sparse.csr_matrix((probabilities - right, places), shape=(len(bins), BINS))
    return Statistic(terms, lambda sums: np.abs(sums).sum(axis=1) / len(bins))


def draw(statistics: Mapping[str, Statistic], resamples: int, seed: int) -> dict[str, Numbers]:
    """Each figure on the same resamples, shape (resamples,)."""
    stacked = sparse.hstack([statistic.terms for statistic in statistics.values()]).T.tocsr()
    rows = stacked.shape[1]
    generator = np.random.default_rng(seed)
    at_once = max(1, COUNTS_AT_ONCE // rows)
    parts = []
    for start in range(0, resamples, at_once):
        number = min(at_once, resamples - start)
        drawn = generator.integers(rows, size=(number, rows)) + rows * np.arange(number)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=number * rows).reshape(number, rows)
        parts.append((stacked @ counts.T.astype(float)).T)
    sums = np.concatenate(parts)
    ends = np.cumsum([statistic.terms.shape[1] for statistic in statistics.values()])
    split = np.split(sums, ends[:-1], axis=1)
    return {name: one.finish(part) for (name, one), part in zip(statistics.items(), split, strict=True)}


def value(statistic: Statistic) -> float:
    """The figure on the rows as they are."""
    return float(statistic.finish(np.asarray(statistic.terms.sum(axis=0)).reshape(1, -1))[0])


def interval(drawn: Numbers) -> dict[str, float]:
    """The 95 % interval of a figure's values on resamples."""
    low, high = np.percentile(drawn, PERCENTILES)
    return {"low": float(low), "high": float(high)}


def intervals(statistics: Mapping[str, Statistic], resamples: int, seed: int) -> dict[str, dict[str, float]]:
    """Each figure with its interval."""
    drawn = draw(statistics, resamples, seed)
    return {name: {"value": value(one), **interval(drawn[name])} for name, one in statistics.items()}
