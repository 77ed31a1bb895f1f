"""Sums along the tree, and temperatures by level."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.tasks.reasons.levels import Levels

TEMPERATURES = st.lists(st.floats(0.3, 3), min_size=1, max_size=4)
ROWS = st.lists(st.floats(0.001, 1), min_size=5, max_size=5).map(lambda parts: np.array([parts]) / sum(parts))


@pytest.fixture(scope="session")
def levels(taxonomy, leaves):
    return Levels(taxonomy, leaves)


def sums(levels, rows):
    return dict(zip(levels.nodes, levels.sums(rows)[0], strict=True))


@given(ROWS, TEMPERATURES)
def test_tempered_rows_add_up_to_one_and_keep_the_order_of_siblings(levels, rows, temperatures):
    tempered = levels.temper(rows, temperatures)
    assert tempered.sum() == pytest.approx(1)
    for first, second in ((0, 1), (2, 3)):
        assert (rows[0, first] - rows[0, second]) * (tempered[0, first] - tempered[0, second]) >= -1e-12


def test_each_level_has_its_own_temperature(levels):
    rows = np.array([[0.36, 0.24, 0.2, 0.1, 0.1]])
    before, after = sums(levels, rows), sums(levels, levels.temper(rows, [1.0, 0.5, 1.0]))
    for top in ("parcel", "bill", "thanks"):
        assert after[top] == pytest.approx(before[top])
    assert after["parcel.late"] == pytest.approx(0.6 * 0.6**2 / (0.6**2 + 0.4**2))
    assert after["bill.wrong.tax"] == pytest.approx(0.2)


def test_a_node_with_a_probability_of_its_own_is_one_more_child(taxonomy):
    levels = Levels(taxonomy, ["parcel", "parcel.late", "thanks"])
    rows = np.array([[0.2, 0.4, 0.4]])
    assert sums(levels, rows) == pytest.approx({"parcel": 0.6, "parcel.late": 0.4, "thanks": 0.4})
    hot = levels.temper(rows, [1.0, 1000.0])
    assert hot[0] == pytest.approx([0.3, 0.3, 0.4], abs=1e-3)


def test_no_temperatures_change_nothing(levels):
    rows = np.array([[0.5, 0.5, 0, 0, 0]])
    assert levels.temper(rows, []) is rows
