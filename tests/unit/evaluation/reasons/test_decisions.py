"""Right and wrong: by level, along the tree, between siblings."""

import numpy as np
import pytest

from evaluation.reasons.decisions import ancestor_counts, by_level, hierarchical, most_confused, shares, siblings
from evaluation.reasons.distribution import OUT_OF_SCOPE, gather, read

TRUTH = ["fee.price", "fee.refund", "goods.broken", "hello"]


def test_shares_of_what_is_said_and_how_right_it_is(answers):
    assert shares(answers, TRUTH) == {
        "coverage": 0.5,
        "review": 0.25,
        "out_of_scope": 0.25,
        "precision_of_tagged": 0.5,
        "precision_of_review": 1.0,
    }


def test_nothing_said_has_no_precision(tree, result):
    figures = shares(gather(tree, [read(result(None, hello=0.1), tree)]), ["hello"])
    assert figures["precision_of_tagged"] is None
    assert figures["precision_of_review"] is None


def test_a_wrong_sibling_is_right_one_level_up_and_a_review_abstains_below(answers):
    levels = by_level(answers, TRUTH, answers.decided)
    assert levels["level 1"]["accuracy"] == 0.75  # the text out of scope is missed
    assert levels["level 1"]["micro_precision"] == 1.0
    assert levels["level 1"]["micro_f1"] == pytest.approx(2 * 3 / (3 + 4))
    assert levels["level 1"]["macro_f1"] == pytest.approx((1 + 0 + 1) / 3)
    assert levels["level 2"]["accuracy"] == 0.25
    assert levels["level 2"]["micro_precision"] == 0.5
    assert levels["level 2"]["macro_recall"] == 0.25


def test_a_truth_at_an_inner_node_is_right_there_and_wrong_below(answers):
    truth = ["fee", "fee", "goods.broken", "hello"]
    levels = by_level(answers, truth, answers.decided)
    assert levels["level 1"]["accuracy"] == 0.75
    assert levels["level 2"]["accuracy"] == 0.5  # review at `fee` is the truth, `fee.refund` says too much


def test_out_of_scope_is_a_label_only_where_the_file_has_it(answers):
    truth = ["fee.refund", "fee.price", OUT_OF_SCOPE, "hello"]
    levels = by_level(answers, truth, answers.decided)
    assert levels["level 1"]["accuracy"] == 1.0
    assert levels["level 2"]["micro_precision"] == 1.0
    assert levels["level 2"]["accuracy"] == 0.75


def test_hierarchical_figures_count_shared_ancestors(tree):
    truth = ["fee.price", "fee.refund", "hello", OUT_OF_SCOPE]
    predicted = ["fee.refund", "fee", OUT_OF_SCOPE, "goods.broken"]
    counts = ancestor_counts(tree, truth, predicted)
    assert counts.tolist() == [[1, 2, 2], [1, 1, 2], [0, 0, 1], [0, 2, 0]]
    assert hierarchical(counts) == {
        "hierarchical_precision": pytest.approx(2 / 5),
        "hierarchical_recall": pytest.approx(2 / 5),
        "hierarchical_f1": pytest.approx(4 / 10),
    }


def test_hierarchical_figures_of_nothing_said_are_zero():
    assert set(hierarchical(np.zeros((2, 3))).values()) == {0.0}


def test_errors_that_stay_below_the_right_parent(tree):
    truth = ["fee.price", "fee.price", "fee.refund", "hello", "hello", OUT_OF_SCOPE, "hello"]
    predicted = ["fee.refund", "fee.refund", "goods.broken", "fee", "hello", "hello", OUT_OF_SCOPE]
    assert siblings(tree, truth, predicted) == {"errors": 4, "below_the_same_parent": 3, "share": 0.75}
    ranked = most_confused(tree, truth, predicted)
    assert ranked["1"] == {"truth": "fee.price", "predicted": "fee.refund", "rows": 2, "same_parent": True}
    assert [row["truth"] for row in ranked.values()] == ["fee.price", "fee.refund", "hello"]
    assert [row["same_parent"] for row in ranked.values()] == [True, False, True]


def test_no_errors_have_no_share(tree):
    assert siblings(tree, ["hello"], ["hello"]) == {"errors": 0, "below_the_same_parent": 0, "share": None}
    assert most_confused(tree, ["hello"], ["hello"]) == {}
