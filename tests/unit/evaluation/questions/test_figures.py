"""Agreement of clusters with labels: worked by hand, and whatever the clusters are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.questions.figures import (
    LEFT_OUT,
    ONE_CLUSTER,
    OUTLIER,
    SINGLETONS,
    agreement,
    by_convention,
    contingency,
    matched,
    numbered,
    right,
)
from evaluation.questions.intervals import Resampled, intervals

TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 2])
WHOLE = np.array([0, 0, 1, 1, 2, 2, 2, 2])
"""Two clusters of the first label, one of all others."""
PARTLY = np.array([0, 0, 0, 1, 1, 1, OUTLIER, OUTLIER])

clusterings = st.lists(st.tuples(st.integers(0, 4), st.integers(OUTLIER, 3)), min_size=2, max_size=40).map(
    lambda rows: (numbered([str(label) for label, _ in rows]), np.array([cluster for _, cluster in rows]))
)


def test_clusters_without_outliers_worked_by_hand():
    row = agreement(TRUTH, WHOLE)
    assert row["acc"] == row["acc_of_clustered"] == pytest.approx(5 / 8)
    assert row["precision"] == pytest.approx(7 / 8)
    assert row["recall"] == pytest.approx(6 / 8)
    assert row["f1"] == pytest.approx(2 * 7 * 6 / 8 / (7 + 6))
    assert row["example_coverage"] == pytest.approx(7 / 8)
    # Of 28 pairs 9 have one label, 8 one cluster, 5 both.
    assert row["ari"] == pytest.approx((5 - 72 / 28) / (8.5 - 72 / 28))
    entropies = [-sum(n / 8 * np.log(n / 8) for n in sizes) for sizes in ((4, 3, 1), (2, 2, 4), (2, 2, 3, 1))]
    assert row["nmi"] == pytest.approx((entropies[0] + entropies[1] - entropies[2]) / np.mean(entropies[:2]))
    assert (row["questions"], row["labels"], row["clusters"], row["share_of_outliers"]) == (8, 3, 3, 0.0)


def test_an_outlier_is_wrong_wherever_right_ones_are_counted():
    row = agreement(TRUTH, PARTLY)
    assert row["acc"] == row["precision"] == row["recall"] == row["f1"] == pytest.approx(5 / 8)
    assert row["acc_of_clustered"] == pytest.approx(5 / 6)
    assert (row["share_of_outliers"], row["clusters"]) == (0.25, 2)
    # Two pairs more would agree if the outliers weren't each alone: 9 of one label, 6 of one cluster, 4 of both.
    assert row["ari"] == pytest.approx((4 - 54 / 28) / (7.5 - 54 / 28))


def test_each_convention_about_outliers_is_named():
    rows = by_convention(TRUTH, PARTLY)
    assert {name: row["acc"] for name, row in rows.items()} == pytest.approx(
        {SINGLETONS: 5 / 8, ONE_CLUSTER: 6 / 8, LEFT_OUT: 5 / 6}
    )
    assert rows[SINGLETONS]["ari"] == agreement(TRUTH, PARTLY)["ari"]
    assert rows[LEFT_OUT]["ari"] == agreement(TRUTH[:6], PARTLY[:6])["ari"]
    assert rows[ONE_CLUSTER]["ari"] == agreement(TRUTH, np.where(PARTLY < 0, 2, PARTLY))["ari"]
    assert rows[ONE_CLUSTER]["v_measure"] == pytest.approx(rows[ONE_CLUSTER]["nmi"])


def test_nothing_but_outliers_is_worth_nothing():
    alone = np.full(8, OUTLIER)
    row = agreement(TRUTH, alone)
    assert row["acc"] == row["precision"] == row["recall"] == row["f1"] == row["example_coverage"] == 0.0
    assert row["ari"] == 0.0
    assert row["acc_of_clustered"] is None
    assert (row["share_of_outliers"], row["clusters"]) == (1.0, 0)
    assert set(by_convention(TRUTH, alone)[LEFT_OUT].values()) == {None}
    assert intervals(TRUTH, alone, 5, 0)["acc"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_the_best_match_is_found_where_the_largest_cells_mislead():
    counts = np.array([[5, 4], [4, 0]])
    assert matched(counts) == 8
    assert right(TRUTH, WHOLE).tolist() == [True, True, False, False, True, True, True, False]
    assert not right(TRUTH, PARTLY)[6:].any()
    assert contingency(np.array([0, 0, 1]), np.array([1, OUTLIER, 1])).tolist() == [[0, 1], [0, 1]]


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["退款", "发货", "price"]), min_size=2))
def test_the_labels_themselves_are_perfect_clusters(names):
    truth = numbered(names)
    row = agreement(truth, truth)
    figures = ("acc", "acc_of_clustered", "nmi", "ari", "precision", "recall", "f1", "example_coverage")
    assert [row[name] for name in figures] == pytest.approx([1.0] * len(figures))
    assert row["clusters"] == row["labels"] == len(set(names))


@settings(max_examples=30)
@given(clusterings, st.randoms(use_true_random=False))
def test_neither_the_order_of_questions_nor_the_numbers_of_clusters_matter(rows, random):
    truth, found = rows
    order, numbers = list(range(len(truth))), list(range(4))
    random.shuffle(order)
    random.shuffle(numbers)
    renumbered = np.array([OUTLIER if cluster == OUTLIER else numbers[cluster] for cluster in found])
    assert agreement(truth[order], renumbered[order]) == pytest.approx(agreement(truth, found))


@settings(max_examples=30)
@given(clusterings)
def test_figures_are_shares_and_one_to_one_is_the_strictest(rows):
    row = agreement(*rows)
    assert 0.0 <= row["acc"] <= min(row["precision"], row["recall"])
    assert max(row["precision"], row["recall"]) <= 1.0 - row["share_of_outliers"] + 1e-12
    assert row["ari"] <= 1.0 + 1e-12


@settings(max_examples=30)
@given(clusterings)
def test_a_sample_of_each_question_once_or_twice_has_the_figures_of_all(rows):
    truth, found = rows
    expected, resampled = agreement(truth, found), Resampled(truth, found)
    for copies in (1, 2):
        drawn = np.full(len(truth), copies)
        assert resampled.acc(drawn) == pytest.approx(expected["acc"])
        assert resampled.ari(drawn) == pytest.approx(expected["ari"])


def test_the_interval_of_much_noise_holds_its_value():
    generator = np.random.default_rng(0)
    truth, found = generator.integers(60, size=600), generator.integers(60, size=600)
    for row in intervals(truth, found, 100, 0).values():
        assert row["low"] < row["value"] < row["high"]


def test_intervals_hold_the_value_and_narrow_with_more_questions():
    few, many = (intervals(np.tile(TRUTH, times), np.tile(PARTLY, times), 200, 3) for times in (4, 64))
    for name in ("acc", "ari"):
        assert few[name]["low"] < few[name]["value"] < few[name]["high"]
        assert many[name]["high"] - many[name]["low"] < 0.5 * (few[name]["high"] - few[name]["low"])
    assert intervals(TRUTH, PARTLY, 20, 1) == intervals(TRUTH, PARTLY, 20, 1)
    assert intervals(TRUTH, PARTLY, 20, 1) != intervals(TRUTH, PARTLY, 20, 2)
