"""Means and shares with intervals."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.journeys.statistics import Estimate, RunningMean, Share, share


def estimate(*values, **options):
    mean = RunningMean()
    for value in values:
        mean.add(value)
    return mean.estimate(**options)


def test_the_interval_is_students_t():
    # t(0.975, 3) = 3.182446; standard error = 1.290994 / 2.
    result = estimate(1.0, 2.0, 3.0, 4.0)
    assert (result.documents, result.mean) == (4, 2.5)
    assert result.low == pytest.approx(2.5 - 3.182446 * 0.645497, abs=1e-5)
    assert result.high == pytest.approx(2.5 + 3.182446 * 0.645497, abs=1e-5)


def test_nothing_has_no_mean_and_one_value_no_interval():
    assert estimate() == Estimate(0, None, None, None)
    assert estimate(0.25) == Estimate(1, 0.25, None, None)


def test_an_interval_ends_where_no_value_can_be():
    assert estimate(-1.0, 1.0, limit=1.0) == Estimate(2, 0.0, -1.0, 1.0)
    assert estimate(-1.0, 1.0).high > 10


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=50))
def test_running_sums_are_those_of_all_values_at_once(values):
    result = estimate(*values)
    error = statistics.stdev(values) / len(values) ** 0.5
    assert result.mean == pytest.approx(statistics.fmean(values), abs=1e-6)
    assert result.mean - result.low >= 1.9 * error - 1e-5
    assert result.high - result.mean == pytest.approx(result.mean - result.low, abs=3e-6)


def test_a_share_has_wilsons_interval():
    # Wilson's interval of 8 of 10, as tabled in Newcombe, Statistics in Medicine 1998, by the same formula.
    result = share(8, 10)
    assert (result.count, result.documents, result.share) == (8, 10, 0.8)
    assert (result.low, result.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))


def test_shares_at_the_ends_still_have_a_width():
    assert share(0, 0) == Share(0, 0, None, None, None)
    assert share(5, 5).high == 1.0
    assert 0.5 < share(5, 5).low < 0.6
    assert share(0, 5).low == 0.0
