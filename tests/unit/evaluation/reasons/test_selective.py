"""Accuracy against coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reasons.selective import curve, selective

CONFIDENCE = np.array([0.9, 0.6, 0.8, 0.7])
RIGHT = np.array([True, True, True, False])


def test_the_curve_goes_from_the_surest_to_all():
    coverage, precision = curve(CONFIDENCE, RIGHT)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert precision == pytest.approx([1, 1, 2 / 3, 3 / 4])


def test_area_and_reach():
    figures = selective(CONFIDENCE, RIGHT, 0.95)
    assert figures["area_under_risk_coverage"] == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)
    assert figures["coverage_at_target"] == 0.5
    assert figures["threshold_at_target"] == 0.8
    assert figures["surest"]["50 %"] == {"precision": 1.0}
    assert figures["surest"]["100 %"] == {"precision": 0.75}
    assert selective(CONFIDENCE, RIGHT, 0.75)["coverage_at_target"] == 1.0


def test_a_precision_out_of_reach_has_no_threshold():
    figures = selective(CONFIDENCE, ~RIGHT, 0.9)
    assert figures["coverage_at_target"] == 0.0
    assert figures["threshold_at_target"] is None


def test_no_threshold_parts_texts_that_are_equally_sure():
    figures = selective(np.array([0.9, 0.9, 0.5]), np.array([True, False, True]), 0.95)
    assert figures["coverage_at_target"] == 0.0


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=12), st.randoms())
def test_the_order_of_the_rows_doesnt_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    first, second = (
        selective(np.array([c for c, _ in some]), np.array([r for _, r in some]), 0.6) for some in (rows, shuffled)
    )
    assert first["surest"]["100 %"]["precision"] == pytest.approx(second["surest"]["100 %"]["precision"])
    assert first["area_under_risk_coverage"] == pytest.approx(second["area_under_risk_coverage"])
    assert first["coverage_at_target"] == second["coverage_at_target"]
