"""In or out of scope."""

import numpy as np
import pytest

from evaluation.reasons.distribution import OUT_OF_SCOPE
from evaluation.reasons.scope import false_positive_rate, recall_at, scope

INSIDE = np.array([0.9, 0.8, 0.7, 0.3])
OUTSIDE = np.array([0.75, 0.2])


def test_false_positives_at_the_threshold_that_keeps_95_of_100():
    assert false_positive_rate(INSIDE, OUTSIDE) == 0.5  # four are too few to lose one
    assert false_positive_rate(INSIDE, np.array([0.29, 0.2])) == 0.0
    many = np.arange(1, 101) / 100
    assert false_positive_rate(many, np.array([0.055, 0.06, 0.5, 0.059])) == 0.5


def test_rows_in_scope_that_are_rejected_count_as_wrong():
    right = np.array([True, True, False, True])
    assert recall_at(INSIDE, right, OUTSIDE, 0.75) == (0.5, pytest.approx(0.7))
    assert recall_at(INSIDE, right, OUTSIDE, 0.5) == (1.0, pytest.approx(0.2))
    assert recall_at(INSIDE, right, OUTSIDE, 0.95) == (None, None)


def test_figures_of_the_served_decision_and_of_the_score(answers):
    figures = scope(answers, ["fee.refund", "fee.price", OUT_OF_SCOPE, OUT_OF_SCOPE], 0.95)
    assert figures["rows_out_of_scope"] == 2
    assert figures["recall_as_decided"] == 0.5
    assert figures["precision_as_decided"] == 1.0
    assert figures["in_scope_accuracy_as_decided"] == 0.5  # one is left for review
    assert figures["in_scope_accuracy_rejecting_none"] == 1.0
    assert figures["auroc"] == pytest.approx((1 + 1 + 1 + 0.5) / 4)  # scores 1.0 and 0.9 against 0.3 and 0.9
    assert figures["false_positive_rate_at_95"] == 0.5
    assert figures["recall_at_wanted"] == 0.5


def test_a_file_without_rows_in_scope_has_only_recall(answers):
    figures = scope(answers, [OUT_OF_SCOPE] * 4, 0.95)
    assert figures["recall_as_decided"] == 0.25
    assert figures["auroc"] is None
    assert figures["recall_at_wanted"] is None
