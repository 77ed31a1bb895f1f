"""One coherent probability per node, and how deep a decision goes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.tasks.reasons import Tree

THRESHOLDS = [0.5, 0.6, 0.7]
DISTRIBUTIONS = st.lists(st.floats(0, 1), min_size=6, max_size=6).map(
    lambda parts: np.array(parts[:5]) / max(sum(parts), 1e-9)
)
"""Of the five leaves; the sixth part is out of scope."""


@pytest.fixture(scope="session")
def tree(taxonomy, leaves):
    return Tree(taxonomy, leaves, THRESHOLDS)


def decide(tree, *probabilities, language="zh-Hans", top_k=3):
    return tree.decide(np.array(probabilities), language=language, top_k=top_k)


def test_sure_of_a_leaf_is_tagged_with_its_whole_path(tree):
    reason = decide(tree, 0.01, 0.01, 0.9, 0.05, 0.02)
    assert (reason.status, reason.code) == ("tagged", "bill.wrong.tax")
    assert [(node.code, node.probability) for node in reason.path] == [
        ("bill", 0.95),
        ("bill.wrong", 0.95),
        ("bill.wrong.tax", 0.9),
    ]
    assert [(node.code, node.probability) for node in reason.alternatives] == [
        ("bill.wrong.name", 0.05),
        ("thanks", 0.02),
        ("parcel.late", 0.01),
    ]
    assert reason.evidence == []


def test_sure_of_the_parent_only_is_for_review(tree):
    reason = decide(tree, 0.45, 0.5, 0, 0, 0)
    assert (reason.status, reason.code) == ("review", "parcel")
    assert [(node.code, node.probability) for node in reason.path] == [("parcel", 0.95)]
    assert [node.code for node in reason.alternatives] == ["parcel.lost", "parcel.late", "bill.wrong.tax"]


def test_more_likely_outside_than_within_is_out_of_scope_but_shows_what_it_might_have_been(tree):
    reason = decide(tree, 0.05, 0.05, 0.1, 0.09, 0.2)
    assert (reason.status, reason.code, reason.path) == ("out_of_scope", None, [])
    assert reason.alternatives[0].code == "thanks"


def test_within_scope_but_sure_of_nothing_is_for_review_at_the_likeliest_top_node(tree):
    reason = decide(tree, 0.1, 0.1, 0.2, 0.2, 0.3)
    assert (reason.status, reason.code) == ("review", "bill")
    assert [node.code for node in reason.alternatives] == ["thanks", "bill.wrong.tax", "bill.wrong.name"]


def test_a_likely_leaf_of_the_top_level_that_is_not_sure_enough_is_for_review(tree):
    reason = decide(tree, 0.15, 0.1, 0.15, 0.15, 0.45)
    assert (reason.status, reason.code) == ("review", "thanks")


def test_a_leaf_on_the_first_level_can_be_tagged(tree):
    assert decide(tree, 0, 0, 0, 0, 0.5).code == "thanks"


def test_a_threshold_is_reached_by_being_equal(tree):
    assert decide(tree, 0.6, 0, 0, 0, 0).code == "parcel.late"
    assert decide(tree, 0.599999, 0, 0, 0, 0).code == "parcel"


def test_levels_below_the_last_threshold_use_it(taxonomy, leaves):
    tree = Tree(taxonomy, leaves, [0.5])
    assert decide(tree, 0, 0, 0.5, 0, 0).code == "bill.wrong.tax"


@pytest.mark.parametrize(("language", "name"), [("en", "en thanks"), ("zh-Hans", "中thanks"), ("und", "中thanks")])
def test_names_come_in_the_language_of_the_text(tree, language, name):
    reason = decide(tree, 0, 0, 0, 0, 1, language=language)
    assert [node.name for node in reason.path] == [name]


@pytest.mark.parametrize(("top_k", "shown"), [(0, 0), (1, 1), (4, 4), (99, 4)])
def test_as_many_alternatives_as_asked_for_and_never_the_answer(tree, top_k, shown):
    reason = decide(tree, 0, 0, 1, 0, 0, top_k=top_k)
    assert len(reason.alternatives) == shown
    assert "bill.wrong.tax" not in {node.code for node in reason.alternatives}


def test_a_code_above_the_leaves_may_have_a_probability_of_its_own(taxonomy):
    tree = Tree(taxonomy, ["parcel", "parcel.late"], [0.5, 0.5])
    reason = decide(tree, 0.4, 0.3)
    assert (reason.status, reason.code) == ("tagged", "parcel")
    assert reason.path[0].probability == 0.7


@given(DISTRIBUTIONS)
def test_a_parent_is_the_sum_of_its_children(tree, taxonomy, distribution):
    for node in taxonomy.nodes:
        children = [child.code for child in taxonomy.nodes if child.parent == node.code]
        if children:
            total = sum(tree.probability(child, distribution) for child in children)
            assert tree.probability(node.code, distribution) == pytest.approx(total, abs=1e-12)


@given(st.lists(DISTRIBUTIONS, min_size=1, max_size=5))
def test_rows_are_asked_one_by_one(tree, rows):
    together = tree.probability("bill", np.array(rows))
    assert together == pytest.approx([float(tree.probability("bill", row)) for row in rows], abs=1e-12)


@given(DISTRIBUTIONS, st.integers(0, 6))
def test_every_decision_is_coherent(tree, taxonomy, leaves, distribution, top_k):
    reason = tree.decide(distribution, language="en", top_k=top_k)
    on_path = [node.probability for node in reason.path]
    assert on_path == sorted(on_path, reverse=True)
    assert all(0 <= node.probability <= 1 for node in [*reason.path, *reason.alternatives])
    others = [node.probability for node in reason.alternatives]
    assert others == sorted(others, reverse=True)
    assert reason.code not in {node.code for node in reason.alternatives}
    assert len(reason.alternatives) == min(top_k, len(leaves) - (reason.code in leaves))
    if distribution.sum() < 0.5:
        assert (reason.status, reason.code) == ("out_of_scope", None)
        return
    assert [node.code for node in reason.path] == [node.code for node in taxonomy.path(reason.code)]
    is_sure = tree.probability(reason.code, distribution) >= THRESHOLDS[len(reason.path) - 1] - 1e-12
    if reason.status == "tagged":
        assert is_sure
        assert reason.code in leaves
    else:
        assert reason.code not in leaves or not is_sure
        assert is_sure or len(reason.path) == 1


@given(DISTRIBUTIONS)
def test_no_deeper_node_of_the_same_branch_and_no_likelier_code_would_have_been_sure_enough(
    tree, taxonomy, leaves, distribution
):
    reason = tree.decide(distribution, language="en", top_k=0)
    sure = {
        node.code
        for node in taxonomy.nodes
        if tree.probability(node.code, distribution) >= THRESHOLDS[len(taxonomy.path(node.code)) - 1] + 1e-12
    }
    if reason.code is not None:
        assert not [code for code in sure if reason.code in {node.code for node in taxonomy.path(code)[:-1]}]
        for code in sure & set(leaves):
            assert reason.status == "tagged"
            assert tree.probability(code, distribution) <= reason.path[-1].probability + 1e-6


def test_a_deeper_code_does_not_win_because_it_lies_deeper(taxonomy, leaves):
    tree = Tree(taxonomy, leaves, [0.3, 0.3, 0.3])
    assert decide(tree, 0.35, 0.05, 0.3, 0.3, 0).code == "parcel.late"


@pytest.mark.parametrize(
    ("probabilities", "code"),
    [
        ([0.6, 0.1, 0, 0, 0], "parcel.late"),
        ([0.59, 0.4, 0, 0, 0], None),
        ([0, 0, 0, 0, 0.99], None),
        ([0, 0, 0, 0, 0], None),
    ],
)
def test_a_sentence_speaks_for_itself_if_it_is_sure_and_no_small_talk(tree, probabilities, code):
    assert tree.sure_of_each(np.array([probabilities])) == [code]


def test_without_codes_nothing_is_stated(taxonomy):
    assert Tree(taxonomy, [], [0.3]).sure_of_each(np.zeros((2, 0))) == [None, None]


def test_a_sentence_out_of_scope_states_nothing(taxonomy, leaves):
    tree = Tree(taxonomy, leaves, [0.3], in_scope=0.8)
    assert tree.sure_of_each(np.array([[0.7, 0, 0, 0, 0], [0.7, 0.1, 0, 0, 0.1]])) == [None, "parcel.late"]
