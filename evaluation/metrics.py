"""Figures that several evaluations share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10


def expected_calibration_error(probabilities: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Mean distance between probability and share of right ones over bins of equal width, weighted by their sizes.

    Source: Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    gaps = [abs((probabilities - right)[bins == number].sum()) for number in range(BINS)]
    return float(sum(gaps) / len(right))


def classification(truth: Sequence[str], predicted: Sequence[str | None]) -> dict[str, Any]:
    """Accuracy and macro-F1 over the labels that occur in `truth`; a prediction of None is never right."""
    labels = sorted(set(truth))
    return {
        "rows": len(truth),
        "accuracy": float(np.mean([a == b for a, b in zip(truth, predicted, strict=True)])),
        "macro_f1": float(np.mean([row["f1"] for row in by_label(truth, predicted).values()])) if labels else 0.0,
    }


def by_label(truth: Sequence[str], predicted: Sequence[str | None]) -> dict[str, dict[str, float | int]]:
    """Precision, recall, F1 and number of rows of each label that occurs in `truth`."""
    rows: dict[str, dict[str, float | int]] = {}
    for label in sorted(set(truth)):
        right = sum(a == b == label for a, b in zip(truth, predicted, strict=True))
        given = sum(other == label for other in truth)
        said = sum(other == label for other in predicted)
        rows[label] = {
            "precision": right / said if said else 0.0,
            "recall": right / given,
            "f1": 2 * right / (said + given),
            "rows": given,
        }
    return rows


def averages(truth: Sequence[str], predicted: Sequence[str | None]) -> dict[str, float]:
    """Accuracy, and precision, recall and F1: micro over all rows, macro over the labels that occur in `truth`.

    None abstains: it counts against recall, not against micro precision.
    """
    right = sum(a == b for a, b in zip(truth, predicted, strict=True))
    said = sum(label is not None for label in predicted)
    labels = by_label(truth, predicted).values()
    return {
        "accuracy": right / len(truth),
        "micro_precision": right / said if said else 0.0,
        "micro_recall": right / len(truth),
        "micro_f1": 2 * right / (said + len(truth)),
        **{f"macro_{name}": float(np.mean([row[name] for row in labels])) for name in ("precision", "recall", "f1")},
    }


def reliability(probabilities: NDArray[np.float64], right: NDArray[np.float64]) -> dict[str, dict[str, Any]]:
    """The bins of `expected_calibration_error`: rows, mean probability and share of right ones; None where empty."""
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    rows: dict[str, dict[str, Any]] = {}
    for number in range(BINS):
        inside = bins == number
        rows[f"{number / BINS:.1f} to {(number + 1) / BINS:.1f}"] = {
            "rows": int(inside.sum()),
            "mean_probability": float(probabilities[inside].mean()) if inside.any() else None,
            "accuracy": float(right[inside].mean()) if inside.any() else None,
        }
    return rows
