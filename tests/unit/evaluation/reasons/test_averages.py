"""Averages and reliability bins, which other evaluations may share."""

import numpy as np
import pytest

from evaluation.metrics import averages, reliability


def test_an_abstention_costs_recall_but_not_micro_precision():
    figures = averages(["a", "a", "b", "b"], ["a", None, "b", "a"])
    assert figures["accuracy"] == figures["micro_recall"] == 0.5
    assert figures["micro_precision"] == pytest.approx(2 / 3)
    assert figures["micro_f1"] == pytest.approx(2 * 2 / (3 + 4))
    assert figures["macro_precision"] == pytest.approx((1 / 2 + 1) / 2)
    assert figures["macro_recall"] == 0.5
    assert figures["macro_f1"] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_only_abstaining_has_no_precision():
    assert set(averages(["a", "b"], [None, None]).values()) == {0.0}


def test_reliability_bins_hold_every_row_once():
    bins = reliability(np.array([0.0, 0.05, 0.1, 1.0]), np.array([0.0, 1.0, 1.0, 1.0]))
    assert [row["rows"] for row in bins.values()] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert bins["0.0 to 0.1"] == {"rows": 2, "mean_probability": 0.025, "accuracy": 0.5}
