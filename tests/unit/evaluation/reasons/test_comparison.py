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
    assert figures["differences, this less against"]["macro_f1"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert figures["verdict"] == (
        "this model isn't shown to be better than the other: accuracy 0.500 and 0.500, a difference of 0.000 "
        "(95 % interval 0.000 to 0.000), p = 1.000; "
        "too few rows for a word on single codes: of 2, one needs 7 rows or more, and none has more than 2 (Holm, 5 %)"
    )


def test_differences_are_paired():
    truth = ["a", "b"] * 100
    better, worse = list(truth), ["b" if row < 20 else label for row, label in enumerate(truth)]
    figures = compare(truth, better, worse, resamples=500, seed=0)
    assert (figures["only_this_right"], figures["only_against_right"]) == (10, 0)
    gained = figures["differences, this less against"]["accuracy"]
    assert gained["value"] == pytest.approx(0.05)
    assert 0.01 < gained["low"] < 0.05 < gained["high"] < 0.09
    assert figures["differences, this less against"]["macro_f1"]["low"] > 0


LOST = {"value": -0.0123, "low": -0.02, "high": -0.0049}


def test_the_verdict_is_told_of_the_model_that_is_right_more_often():
    """Also when it is the second: its gain is no negative number. A tiny p-value isn't shown as zero."""
    codes = {name: {"rows": 9, "result": result} for name, result in {"a": "worse", "b": "worse", "c": None}.items()}
    said = verdict(("old", "new"), (0.8, 0.8123), codes, LOST, 1e-9)
    assert said == (
        "new is better than old: accuracy 0.812 and 0.800, a difference of 0.012 (95 % interval 0.005 to 0.020), "
        "p < 0.001; it is better on 2 of 3 codes, worse on none (Holm, 5 %)"
    )


def test_what_may_be_chance_is_no_better_model():
    said = verdict(("old", "new"), (0.8, 0.8123), {"a": {"rows": 9, "result": None}}, LOST, 0.0501)
    assert said.startswith("new isn't shown to be better than old: accuracy 0.812 and 0.800, ")


@pytest.mark.parametrize("codes", [1, 3, 28, 118])
def test_the_rows_that_one_code_needs_are_those_that_can_pass(codes):
    """With a row less it couldn't, even if one model were right on all of them and the other on none."""

    def least(rows):
        alone = np.array([mcnemar(np.ones(rows, bool), np.zeros(rows, bool))])
        return holm(np.concatenate([alone, np.ones(codes - 1)]))[0]

    rows = next(rows for rows in range(1, 99) if least(rows) <= 0.05)
    table = {str(number): {"rows": 1, "result": None} for number in range(codes)}
    assert f"one needs {rows} rows" in verdict(("a", "b"), (1.0, 0.0), table, LOST, 0.01)
    table["0"]["rows"] = rows
    assert "too few" not in verdict(("a", "b"), (1.0, 0.0), table, LOST, 0.01)
