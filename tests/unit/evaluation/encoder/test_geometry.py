"""Pairs, retrieval and clustering by distance alone."""

import numpy as np
import pytest

from evaluation.encoder.geometry import clustering, matched_accuracy, pair_auc, retrieval, retrieval_of_same


def test_matched_accuracy_does_not_depend_on_the_numbers_of_the_clusters():
    truth = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    found = np.array([0, 0, 1, 1, 1, 2, 2, 0])
    assert matched_accuracy(truth, found) == 6 / 8
    for numbers in ([1, 2, 0], [2, 1, 0], [0, 2, 1]):
        assert matched_accuracy(truth, np.array(numbers)[found]) == 6 / 8
    assert matched_accuracy(truth, np.array([2, 0, 1])[truth]) == 1.0


def test_one_cluster_for_all_is_right_for_the_largest_label_only():
    assert matched_accuracy(np.array([0, 0, 0, 1]), np.zeros(4, dtype=int)) == 0.75


def test_a_perfect_encoder_clusters_perfectly(samples, oracle):
    assert clustering(oracle(samples.texts), samples.labels, seed=0) == pytest.approx(
        {"accuracy": 1.0, "nmi": 1.0, "ari": 1.0}
    )


def test_meaningless_vectors_cluster_by_chance(samples, blind):
    figures = clustering(blind(samples.texts), samples.labels, seed=0)
    assert figures["accuracy"] < 0.5
    assert abs(figures["ari"]) < 0.1


def test_pairs_are_told_apart_by_their_cosine():
    near, far = np.array([[1.0, 0.0]], dtype=np.float32), np.array([[0.0, 1.0]], dtype=np.float32)
    first, second = np.concatenate([near] * 4), np.concatenate([near, near, far, far])
    assert pair_auc(first, second, [1, 1, 0, 0]) == 1.0
    assert pair_auc(first, second, [0, 0, 1, 1]) == 0.0
    assert pair_auc(first, first, [0, 1, 0, 1]) == 0.5


def test_retrieval_counts_the_best_right_item_and_leaves_out_what_has_none():
    scores = np.array([[0.9, 0.5, 0.8], [0.9, 0.5, 0.8], [0.1, 0.2, 0.3]])
    right = np.array([[True, True, False], [False, True, False], [False, False, False]])
    assert retrieval(scores, right) == {"recall_at_1": 0.5, "mrr": pytest.approx((1 + 1 / 3) / 2)}


def test_a_tie_counts_against_the_right_item():
    assert retrieval(np.ones((1, 4)), np.array([[True, False, False, False]])) == {"recall_at_1": 0.0, "mrr": 0.25}


def test_a_text_never_finds_itself(samples, oracle, blind):
    assert retrieval_of_same(oracle(samples.texts), samples.labels) == {"recall_at_1": 1.0, "mrr": 1.0}
    by_chance = retrieval_of_same(blind(samples.texts), samples.labels)["recall_at_1"]
    assert 0.1 < by_chance < 0.45
