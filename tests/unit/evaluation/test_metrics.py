"""Figures that several evaluations share."""

import numpy as np
import pytest

from evaluation.metrics import by_label, classification, expected_calibration_error


def test_classification_counts_an_abstention_as_wrong():
    figures = classification(["a", "a", "b", "b"], ["a", None, "b", "a"])
    assert figures["accuracy"] == 0.5
    assert figures["macro_f1"] == pytest.approx((2 * 1 / (2 + 2) + 2 * 1 / (1 + 2)) / 2)


def test_a_label_never_predicted_has_no_precision():
    rows = by_label(["a", "b"], ["a", "a"])
    assert rows["b"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "rows": 1}
    assert rows["a"]["precision"] == 0.5


def test_calibration_error_is_the_gap_weighted_by_bin_size():
    probabilities = np.array([0.95] * 8 + [0.55] * 2)
    right = np.array([1.0] * 6 + [0.0] * 2 + [1.0, 0.0])
    assert expected_calibration_error(probabilities, right) == pytest.approx(0.8 * 0.2 + 0.2 * 0.05)
