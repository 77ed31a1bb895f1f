"""Bootstrap: sums over rows give the figures, resamples their intervals."""

from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics import classification, expected_calibration_error
from evaluation.reasons import intervals
from evaluation.reasons.intervals import accuracy, calibration_error, draw, hierarchical_f1, interval, macro_f1, value

LABELS = st.sampled_from("abc")


@given(st.lists(st.tuples(LABELS, st.sampled_from("abcd")), min_size=1, max_size=20))
def test_macro_f1_from_sums_is_macro_f1(rows):
    truth, predicted = [a for a, _ in rows], [b for _, b in rows]
    assert value(macro_f1(truth, predicted)) == pytest.approx(classification(truth, predicted)["macro_f1"])


def test_calibration_error_from_sums_is_the_calibration_error():
    probabilities = np.array([0.95, 0.91, 0.55, 0.1, 1.0])
    right = np.array([1.0, 0.0, 1.0, 0.0, 1.0])
    expected = expected_calibration_error(probabilities, right)
    assert value(calibration_error(probabilities, right)) == pytest.approx(expected)


def test_hierarchical_f1_from_sums():
    assert value(hierarchical_f1(np.array([[1.0, 2.0, 2.0], [0.0, 1.0, 2.0]]))) == pytest.approx(2 * 1 / (3 + 4))
    assert value(hierarchical_f1(np.zeros((2, 3)))) == 0.0


def test_a_resample_is_scored_like_the_rows_drawn():
    truth, predicted = list("aabbc"), list("abbbc")
    right = np.array([a == b for a, b in zip(truth, predicted, strict=True)])
    drawn = draw({"accuracy": accuracy(right), "macro_f1": macro_f1(truth, predicted)}, 20, seed=3)
    for number, rows in enumerate(np.random.default_rng(3).integers(5, size=(20, 5))):
        expected = classification([truth[row] for row in rows], [predicted[row] for row in rows])
        assert drawn["accuracy"][number] == pytest.approx(expected["accuracy"])
        assert drawn["macro_f1"][number] == pytest.approx(expected["macro_f1"])


def test_resamples_drawn_in_parts_are_all_there(monkeypatch):
    monkeypatch.setattr(intervals, "COUNTS_AT_ONCE", 8)
    drawn = draw({"accuracy": accuracy(np.array([True, False, True]))}, 101, seed=0)["accuracy"]
    assert drawn.shape == (101,)
    assert set(np.round(drawn * 3)) == {0, 1, 2, 3}


def test_an_interval_is_as_wide_as_the_binomial_says():
    right = np.arange(400) % 5 > 0
    figures = intervals.intervals({"accuracy": accuracy(right)}, 4000, seed=1)["accuracy"]
    half = 1.96 * np.sqrt(0.8 * 0.2 / 400)
    assert figures["value"] == 0.8
    assert figures["low"] == pytest.approx(0.8 - half, abs=0.005)
    assert figures["high"] == pytest.approx(0.8 + half, abs=0.005)


def test_the_seed_settles_the_interval():
    one = {"accuracy": accuracy(np.arange(50) % 3 > 0)}
    assert intervals.intervals(one, 100, seed=1) == intervals.intervals(one, 100, seed=1)
    assert intervals.intervals(one, 100, seed=1) != intervals.intervals(one, 100, seed=2)


def test_percentiles_bound_the_middle_95_of_100():
    assert interval(np.arange(1001) / 1000) == {"low": pytest.approx(0.025), "high": pytest.approx(0.975)}


def test_a_thousand_resamples_of_five_thousand_rows_take_seconds():
    random = np.random.default_rng(0)
    truth, predicted = (random.integers(150, size=5000).astype(str).tolist() for _ in range(2))
    start = perf_counter()
    draw({"macro_f1": macro_f1(truth, predicted)}, 1000, seed=0)
    assert perf_counter() - start < 10
