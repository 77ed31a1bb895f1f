"""From answers to arrays: decisions, the likeliest code, every code's probability."""

import numpy as np
import pytest

from evaluation.labelled import Labelled
from evaluation.reasons.distribution import OUT_OF_SCOPE, cut, gather, read, truths
from nlp_service.contracts import ContactReason, ReasonNode, Skipped
from nlp_service.taxonomy import Node, Taxonomy


def test_every_code_keeps_its_probability(answers):
    assert answers.codes == ("fee.refund", "fee.price", "goods.broken", "hello")
    assert answers.probabilities.tolist() == [[0.7, 0.2, 0, 0.1], [0.4, 0.5, 0, 0], [0, 0, 0.1, 0.2], [0, 0, 0, 0.9]]
    assert answers.in_scope == pytest.approx([1.0, 0.9, 0.3, 0.9])


def test_the_decision_and_the_likeliest_code_are_two_things(answers):
    assert answers.statuses == ("tagged", "review", "out_of_scope", "tagged")
    assert answers.decided == ("fee.refund", "fee", OUT_OF_SCOPE, "hello")
    assert answers.likeliest == ("fee.refund", "fee.price", "hello", "hello")
    assert answers.confidence.tolist() == [0.7, 0.5, 0.2, 0.9]


def test_a_node_has_the_probability_of_all_below_it(answers):
    nodes, probabilities = answers.at_level(0)
    assert nodes == ("fee", "goods", "hello")
    assert probabilities == pytest.approx(np.array([[0.9, 0, 0.1], [0.9, 0, 0], [0, 0.1, 0.2], [0, 0, 0.9]]))


def test_a_code_above_a_level_stands_for_itself(answers, tree):
    assert "hello" in answers.at_level(1)[0]
    assert cut(tree, "hello", 1) == "hello"
    assert cut(tree, "fee.refund", 0) == "fee"
    assert cut(tree, OUT_OF_SCOPE, 0) == OUT_OF_SCOPE


def test_an_inner_code_gets_back_what_is_its_own():
    tree = Taxonomy("t", "0" * 64, (Node(code="a", name="a"), Node(code="a.b", parent="a", name="b")))
    listed = [ReasonNode("a", "a", 0.8), ReasonNode("a.b", "b", 0.5)]
    answers = gather(tree, [read(ContactReason("out_of_scope", None, [], listed), tree)])
    assert answers.codes == ("a", "a.b")
    assert answers.probabilities[0] == pytest.approx([0.3, 0.5])


def test_a_code_left_for_review_keeps_its_probability(tree):
    path, others = [ReasonNode("hello", "hello", 0.4)], [ReasonNode("fee.price", "price", 0.3)]
    answers = gather(tree, [read(ContactReason("review", "hello", path, others), tree)])
    assert answers.codes == ("fee.price", "hello")
    assert answers.probabilities.tolist() == [[0.3, 0.4]]
    assert (answers.decided, answers.likeliest) == (("hello",), ("hello",))


def test_an_inner_node_left_for_review_is_no_code_of_its_own(answers):
    assert "fee" not in answers.codes


def test_a_text_that_was_skipped_is_surely_out_of_scope(tree, result):
    skipped = ContactReason("out_of_scope", None, [], [], skipped=[Skipped("reasons", "text_empty")])
    answers = gather(tree, [read(one, tree) for one in (skipped, result("hello", hello=1.0))])
    assert answers.likeliest == (OUT_OF_SCOPE, "hello")
    assert answers.in_scope.tolist() == [0.0, 1.0]
    assert answers.confidence.tolist() == [0.0, 1.0]


def test_labels_mean_codes_inner_nodes_too():
    rows = [Labelled("退款什么时候到", "refund"), Labelled("多少钱", "fee"), Labelled("哈哈哈", None)]
    assert truths({"refund": "fee.refund", "fee": "fee"}, rows) == ["fee.refund", "fee", OUT_OF_SCOPE]
