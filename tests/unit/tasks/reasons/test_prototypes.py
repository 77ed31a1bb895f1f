"""A code's direction from its names and examples."""

import numpy as np
import pytest

from nlp_service.tasks.reasons.prototypes import Centres, Prototypes, direction, directions, texts_of
from nlp_service.taxonomy import Name, Node, Taxonomy

NONE = np.zeros((0, 3), dtype=np.float32)
AT_ORIGIN = Centres(np.zeros(3, dtype=np.float32), np.zeros(3, dtype=np.float32))
X, Y, Z = np.eye(3, dtype=np.float32)


def _tree(*nodes):
    return Taxonomy("tree", "", nodes)


def test_a_name_alone_gives_a_direction():
    assert direction(np.array([X]), NONE, AT_ORIGIN) == pytest.approx(X)


def test_examples_outweigh_the_name():
    made = direction(np.array([X]), np.array([Y, Y, Y]), AT_ORIGIN)
    assert made[1] > 2 * made[0] > 0
    assert np.linalg.norm(made) == pytest.approx(1)


def test_names_and_messages_are_seen_from_their_own_centres():
    centres = Centres(messages=Z, names=X)
    assert direction(np.array([X + Y]), NONE, centres) == pytest.approx(Y)
    assert direction(NONE, np.array([Z + Y]), centres) == pytest.approx(Y)


def test_a_code_without_texts_is_like_nothing():
    tree = _tree(Node(code="a", name=Name(zh=" ")))
    empty = directions(tree.leaves, tree, {}, AT_ORIGIN)
    assert Prototypes(AT_ORIGIN.messages, empty).cosines(np.eye(3, dtype=np.float32)) == pytest.approx(0)


def test_a_name_given_in_one_language_is_one_text():
    node = Node(code="a", name=Name(zh="退款"), description="钱退到哪", examples=("什么时候退钱",))
    assert texts_of(node, _tree(node)) == (["退款", "钱退到哪"], ["什么时候退钱"])


def test_a_code_goes_by_the_names_above_it_too():
    nodes = [
        Node(code="a", name=Name(zh="会员", en="Membership")),
        Node(code="b", parent="a", name=Name(zh="费用", en="Fees")),
    ]
    named, _ = texts_of(nodes[1], _tree(*nodes))
    assert named == ["费用", "Fees", "会员 费用", "Membership Fees"]
