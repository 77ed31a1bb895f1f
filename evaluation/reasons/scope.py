"""Telling texts that have a contact reason of the tree from those that have none."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from evaluation.reasons.decisions import correct
from evaluation.reasons.distribution import OUT_OF_SCOPE, Answers

TRUE_POSITIVE_RATE = 0.95

Scores = NDArray[np.float64]


def scope(answers: Answers, truth: Sequence[str], accuracy_at: float) -> dict[str, float | int | None]:
    """Figures of a file that holds rows out of scope; None where they need rows in scope and there are none.

    The score is 1 - P(out of scope); in scope is positive. Source: Hendrycks and Gimpel, "A Baseline for Detecting
    Misclassified and Out-of-Distribution Examples in Neural Networks", ICLR 2017.

    Args:
        accuracy_at: accuracy in scope, rejected rows counting as wrong, at which rows out of scope are recalled.
    """
    inside = np.array([code != OUT_OF_SCOPE for code in truth])
    rejected = np.array([node == OUT_OF_SCOPE for node in answers.decided])
    score = answers.in_scope
    right = correct(truth, answers.likeliest)[inside]
    decided = correct(truth, answers.decided)
    figures: dict[str, float | int | None] = {
        "rows_in_scope": int(inside.sum()),
        "rows_out_of_scope": int((~inside).sum()),
        "recall_as_decided": float(rejected[~inside].mean()),
        "precision_as_decided": float((~inside)[rejected].mean()) if rejected.any() else None,
        "in_scope_accuracy_as_decided": None,
        "auroc": None,
        "false_positive_rate_at_95": None,
        "in_scope_accuracy_rejecting_none": None,
        "in_scope_accuracy_wanted": accuracy_at,
        "recall_at_wanted": None,
        "threshold_at_wanted": None,
    }
    if not inside.any():
        return figures
    recall, threshold = recall_at(score[inside], right, score[~inside], accuracy_at)
    return figures | {
        "in_scope_accuracy_as_decided": float(decided[inside].mean()),
        "auroc": float(roc_auc_score(inside, score)),
        "false_positive_rate_at_95": false_positive_rate(score[inside], score[~inside]),
        "in_scope_accuracy_rejecting_none": float(right.mean()),
        "recall_at_wanted": recall,
        "threshold_at_wanted": threshold,
    }


def false_positive_rate(inside: Scores, outside: Scores) -> float:
    """Share of rows out of scope at or above the highest threshold that keeps 95 % of those in scope."""
    descending = np.sort(inside)[::-1]
    kept = np.arange(1, len(inside) + 1) / len(inside)
    threshold = descending[int(np.argmax(kept >= TRUE_POSITIVE_RATE))]
    return float((outside >= threshold).mean())


def recall_at(
    inside: Scores, right: NDArray[np.bool_], outside: Scores, accuracy: float
) -> tuple[float | None, float | None]:
    """The most rows out of scope that can be rejected while enough rows in scope are kept and right.

    Args:
        inside: scores of the rows in scope.
        right: whether each of them has the right code, if it is kept.
        accuracy: share of rows in scope to be kept and right.

    Returns:
        The share of rows out of scope that is rejected, and the highest P(out of scope) that is kept; both None if even
        without rejecting any the accuracy isn't reached.
    """
    order = np.argsort(-inside, kind="stable")
    kept_and_right = np.cumsum(right[order]) / len(inside)
    enough = np.flatnonzero(kept_and_right >= accuracy)
    if not len(enough):
        return None, None
    threshold = float(inside[order][enough[0]])
    return float((outside < threshold).mean()), 1 - threshold
