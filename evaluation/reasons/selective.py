"""Accuracy against coverage: how right the surest answers are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 20


def curve(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coverage and precision of the surest 1, 2, … rows, each shape (rows,).

    Rows that are equally sure count as equally right, so the order of the file doesn't matter.
    """
    _, group, sizes = np.unique(-confidence, return_inverse=True, return_counts=True)
    share = np.bincount(group, weights=right) / sizes
    numbers = np.arange(1, len(confidence) + 1)
    return numbers / len(confidence), np.cumsum(np.repeat(share, sizes)) / numbers


def selective(confidence: NDArray[np.float64], right: NDArray[np.bool_], target: float) -> dict[str, Any]:
    """The area under the risk-coverage curve, and the coverage that can be had at a precision.

    Risk is 1 - precision; the area is its mean over all coverages, less is better. `threshold` is the least probability
    that is covered. Sources: El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", JMLR
    2010; Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks", NeurIPS 2017.
    """
    coverage, precision = curve(confidence, right)
    reach = _reachable(confidence, right, target)
    surest = {}
    for step in range(1, STEPS + 1):
        row = max(len(coverage) * step // STEPS, 1) - 1
        surest[f"{100 * step // STEPS} %"] = {"precision": float(precision[row])}
    return {
        "area_under_risk_coverage": float(np.mean(1 - precision)),
        "target_precision": target,
        "coverage_at_target": reach / len(confidence),
        "threshold_at_target": float(np.sort(confidence)[-reach]) if reach else None,
        "surest": surest,
    }


def _reachable(confidence: NDArray[np.float64], right: NDArray[np.bool_], target: float) -> int:
    """The most rows above one threshold whose precision is at least the target."""
    order = np.argsort(-confidence, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    is_last_of_equals = np.append(np.diff(confidence[order]) != 0, True)
    enough = np.flatnonzero(is_last_of_equals & (precision >= target))
    return int(enough[-1]) + 1 if len(enough) else 0
