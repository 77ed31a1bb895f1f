"""Two models on the same rows."""

import numpy as np
import pytest

from evaluation.reasons.comparison import by_code, compare, holm, mcnemar, verdict
from evaluation.reasons.distribution import OUT_OF_SCOPE


def test_mcnemar_looks_only_at_rows_on_which_the_models_differ():
    right = np.array([True] * 6 + [False] * 4)
    other = np.array([True] + [False] * 9)
    assert mcnemar(right, other) == pytest.approx(2 * 0.5**5)  # five to none
    assert mcnemar(other, right) == pytest.approx(2 * 0.5**5)
    assert mcnemar(right, right) == 1.0


def test_holm_multiplies_the_smallest_by_the_number_of_tests_and_keeps_the_order():
    assert holm(np.array([0.01, 0.04, 0.03, 0.5])) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm(np.array([0.8, 0.9])).tolist() == [1.0, 1.0]


def test_a_code_is_better_only_where_chance_is_ruled_out():
    truth = ["a"] * 10 + ["b"] * 3 + ["c"] + [OUT_OF_SCOPE] * 9
    right = np.array([True] * 10 + [True] * 3 + [True] + [True] * 9)
    other = np.array([False] * 10 + [False] * 3 + [True] + [False] * 9)
    codes = by_code(truth, right, other)
    assert list(codes) == ["a", "b", "c"]
    assert codes["a"]["p"] == pytest.approx(2 * 0.5**10)
    assert codes["a"]["p_holm"] == pytest.approx(3 * 2 * 0.5**10)
    assert [row["result"] for row in codes.values()] == ["better", None, None]
    assert (codes["b"]["recall"], codes["b"]["recall_against"], codes["b"]["rows"]) == (1.0, 0.0, 3)
    assert by_code(truth, other, right)["a"]["result"] == "worse"


def test_a_model_against_itself_makes_no_difference():
    truth = ["a", "b", "b", "a"]
    figures = compare(truth, ["a", "b", "a", "b"], ["a", "b", "a", "b"], resamples=50, seed=0)
    assert figures["mcnemar_p"] == 1.0
    assert figures["differences"]["macro_f1"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert figures["verdict"] == (
        "This model is better on none of 2 codes, worse on none (Holm, 5 %); "
        "accuracy +0.000 (95 % interval +0.000 to +0.000), p = 1.000"
    )


def test_differences_are_paired():
    truth = ["a", "b"] * 100
    better, worse = list(truth), ["b" if row < 20 else label for row, label in enumerate(truth)]
    figures = compare(truth, better, worse, resamples=500, seed=0)
    assert (figures["only_this_right"], figures["only_against_right"]) == (10, 0)
    gained = figures["differences"]["accuracy"]
    assert gained["value"] == pytest.approx(0.05)
    assert 0.01 < gained["low"] < 0.05 < gained["high"] < 0.09
    assert figures["differences"]["macro_f1"]["low"] > 0


def test_a_tiny_p_value_is_not_shown_as_zero():
    codes = {"a": {"result": "better"}, "b": {"result": "worse"}, "c": {"result": None}}
    said = verdict(codes, {"value": -0.0123, "low": -0.02, "high": -0.0049}, 1e-9)
    assert said == (
        "This model is better on 1 of 3 codes, worse on 1 (Holm, 5 %); "
        "accuracy -0.012 (95 % interval -0.020 to -0.005), p < 0.001"
    )
