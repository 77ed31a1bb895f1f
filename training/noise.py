"""Calibration from labels of which an unknown share is wrong.

A given label is taken to be right with probability 1 − e, and otherwise drawn from the labels' own frequencies. Both e
and the temperature are fitted by maximum likelihood on held-out rows, so that probabilities are of the right label, not
of the one that happens to be written beside the text.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
TEMPERATURES = np.geomspace(0.3, 4.0, 40)
NOISE_RATES = np.linspace(0.0, 0.6, 61)


@dataclass(frozen=True)
class NoiseModel:
    """Temperature of the head and share of labels that are drawn at random."""

    temperature: float
    noise_rate: float

    def clean_precision(self, agreement: float, chance: float) -> float:
        """Precision against right labels, from the agreement with given ones.

        Args:
            chance: how often a random label would agree.
        """
        return min(1.0, (agreement - self.noise_rate * chance) / (1 - self.noise_rate))


def fit(log_probabilities: Numbers, labels: NDArray[np.int64]) -> NoiseModel:
    """Fit on held-out rows.

    Args:
        log_probabilities: shape (rows, labels).
        labels: the given labels, shape (rows,).
    """
    rows = np.arange(len(labels))
    prior = np.bincount(labels, minlength=log_probabilities.shape[1]) / len(labels)
    best, model = -np.inf, NoiseModel(1.0, 0.0)
    for temperature in TEMPERATURES:
        given = cool(log_probabilities, temperature)[rows, labels]
        for rate in NOISE_RATES:
            likelihood = float(np.log((1 - rate) * given + rate * prior[labels] + 1e-12).mean())
            if likelihood > best:
                best, model = likelihood, NoiseModel(float(temperature), float(rate))
    return model


def cool(log_probabilities: Numbers, temperature: float) -> Numbers:
    """Probabilities at another temperature, shape as given."""
    logits = log_probabilities / temperature
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Numbers = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities
