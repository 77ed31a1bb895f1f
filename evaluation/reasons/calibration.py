"""Whether probabilities mean what they say, at every level of the tree."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import expected_calibration_error, reliability
from evaluation.reasons.distribution import Answers, cut


def likeliest_node(
    answers: Answers, truth: Sequence[str], level: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability of each text's likeliest node of a level (from 0), and whether it is right, each shape (texts,)."""
    nodes, probabilities = answers.at_level(level)
    if not nodes:
        return np.zeros(len(truth)), np.zeros(len(truth))
    best = probabilities.argmax(axis=1)
    right = [nodes[number] == cut(answers.tree, code, level) for number, code in zip(best, truth, strict=True)]
    return np.minimum(probabilities.max(axis=1), 1.0), np.array(right, dtype=np.float64)


def calibration(answers: Answers, truth: Sequence[str]) -> dict[str, Any]:
    """Calibration error of each level's likeliest node, and the bins behind it; out of scope is never right."""
    summary: dict[str, Any] = {}
    bins: dict[str, Any] = {}
    for level in range(answers.tree.depth):
        probabilities, right = likeliest_node(answers, truth, level)
        name = f"level {level + 1}"
        summary[name] = {
            "expected_calibration_error": expected_calibration_error(probabilities, right),
            "mean_probability": float(probabilities.mean()),
            "accuracy": float(right.mean()),
        }
        bins[name] = reliability(probabilities, right)
    return {"by level": summary, **bins}
