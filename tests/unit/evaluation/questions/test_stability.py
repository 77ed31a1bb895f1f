"""Stability: what it is of a clustering that never changes, and of one that does."""

import numpy as np
import pytest

from evaluation.questions.figures import OUTLIER
from evaluation.questions.stability import names_kept, resampled

QUESTIONS = 60


def test_clusters_that_stay_have_a_stability_of_one(make_grouping):
    seen = []

    def cluster(rows):
        seen.append(rows)
        labels = np.array(rows) % 3
        return make_grouping(np.where(np.array(rows) < 6, OUTLIER, labels), ["退货", "換貨", "price"])

    row = resampled(cluster, QUESTIONS, runs=4, seed=0)
    assert row["ari_in_clusters"] == row["ari_in_clusters_lowest"] == row["ari_of_all"] == row["names_kept"] == 1.0
    assert row["share_in_clusters"] == pytest.approx(0.9, abs=0.04)
    assert (row["runs"], row["clusters_fewest"], row["clusters_most"]) == (4, 3, 3)
    assert [len(rows) for rows in seen] == [54] * 4
    assert all(rows == sorted(set(rows)) for rows in seen)
    assert len({tuple(rows) for rows in seen}) == 4


def test_outliers_that_change_count_only_in_the_figure_over_all(make_grouping):
    runs = iter(range(2))

    def cluster(rows):
        run = next(runs)
        labels = np.array([row // 2 % 3 if row % 2 == run else OUTLIER for row in rows])
        labels[: len(rows) // 2] = np.array(rows[: len(rows) // 2]) // 2 % 3
        return make_grouping(labels, [f"name {number} of {run}" for number in range(3)])

    row = resampled(cluster, QUESTIONS, runs=2, seed=0)
    assert row["ari_in_clusters"] == 1.0
    assert row["ari_of_all"] < 0.6
    assert 0.4 < row["share_in_clusters"] < 0.6
    assert row["names_kept"] == 0.0


def test_runs_without_a_cluster_in_common_have_no_figure_in_clusters(make_grouping):
    row = resampled(lambda rows: make_grouping(np.full(len(rows), OUTLIER), []), QUESTIONS, runs=2, seed=0)
    assert row["ari_in_clusters"] is None
    assert row["ari_in_clusters_lowest"] is None
    assert (row["share_in_clusters"], row["clusters_most"]) == (0.0, 0)


def test_names_are_compared_between_clusters_that_share_most_questions():
    first, second = np.array([0, 0, 0, 1, 1, 2]), np.array([1, 1, 0, 0, 0, OUTLIER])
    assert names_kept(first, second, (["a", "b", "c"], ["b", "a"])) == pytest.approx(4 / 5)
    assert names_kept(first, second, (["a", "b", "c"], ["a", "b"])) == 0.0
    assert names_kept(first, first, (["a", "b", "c"], ["a", "b", "c"])) == 1.0
