"""Calibration at every level."""

import pytest

from evaluation.reasons.calibration import calibration, likeliest_node
from evaluation.reasons.distribution import OUT_OF_SCOPE, gather, read
from nlp_service.contracts import ContactReason

TRUTH = ["fee.price", "fee.price", OUT_OF_SCOPE, "hello"]


def test_the_likeliest_node_is_looked_for_at_its_level(answers):
    probabilities, right = likeliest_node(answers, TRUTH, 0)
    assert probabilities == pytest.approx([0.9, 0.9, 0.2, 0.9])
    assert right.tolist() == [1, 1, 0, 1]
    probabilities, right = likeliest_node(answers, TRUTH, 1)
    assert probabilities == pytest.approx([0.7, 0.5, 0.2, 0.9])
    assert right.tolist() == [0, 1, 0, 1]


def test_each_level_has_its_error_and_its_bins(answers):
    figures = calibration(answers, TRUTH)
    assert figures["by level"]["level 1"]["expected_calibration_error"] == pytest.approx((0.3 + 0.2) / 4)
    assert figures["by level"]["level 2"]["expected_calibration_error"] == pytest.approx((0.7 + 0.5 + 0.2 + 0.1) / 4)
    assert figures["by level"]["level 2"]["accuracy"] == 0.5
    assert len(figures["level 2"]) == 10
    assert figures["level 2"]["0.9 to 1.0"] == {"rows": 1, "mean_probability": 0.9, "accuracy": 1.0}
    assert figures["level 2"]["0.0 to 0.1"] == {"rows": 0, "mean_probability": None, "accuracy": None}


def test_texts_without_any_probability_are_never_right(tree):
    answers = gather(tree, [read(ContactReason("out_of_scope", None, [], []), tree)])
    probabilities, right = likeliest_node(answers, ["hello"], 0)
    assert (probabilities.tolist(), right.tolist()) == ([0.0], [0.0])
