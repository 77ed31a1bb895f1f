"""Contact reasons of whole conversations, scored."""

import pytest

from evaluation.conversations import _checked, by_sureness, figures
from nlp_service import taxonomy
from nlp_service.contracts import ContactReason
from nlp_service.errors import DataError
from nlp_service.settings import MODELS
from nlp_service.taxonomy import Name, Node, Taxonomy


@pytest.fixture(scope="module")
def tree():
    return taxonomy.load(MODELS / "reasons" / "retail.yaml")


def shop(**parents):
    nodes = [Node(code=code, parent=parent, name=Name(zh=code)) for code, parent in parents.items()]
    return Taxonomy("shop", "digest", tuple(nodes))


SHOP = shop(
    **{"delivery": None, "delivery.late": "delivery", "invoice": None},
    **{"invoice.lost": "invoice", "invoice.wrong": "invoice"},
)


def reasons(*codes):
    return [ContactReason("tagged", code, [], [], []) for code in codes]


ROWS = [
    {"label": "delivery.late", "others": ["invoice.lost"], "sure": 2},
    {"label": "invoice.lost", "sure": 2},
    {"label": None, "sure": 1},
]


def test_the_main_reason_is_the_first():
    answers = [reasons("delivery.late", "invoice.lost"), reasons("invoice.wrong", "invoice.lost"), []]
    found = figures(ROWS, answers, SHOP)
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["branch"] == 1
    assert found["named"] == 1
    assert found["right_of_named"] == 3 / 4
    assert found["reasons_per_conversation"] == 4 / 3


def test_a_branch_is_the_trees_whatever_the_codes_look_like():
    tree = shop(D=None, D01="D", D02="D", **{"v1.late": "D"})
    rows = [{"label": "D01", "sure": 2}, {"label": "v1.late", "sure": 2}, {"label": "D01", "sure": 2}]
    assert figures(rows, [reasons("D02"), reasons("D"), []], tree)["branch"] == pytest.approx(2 / 3)


def test_no_others_and_a_turn_of_the_system_are_fine(tree):
    row = {"label": None, "others": None, "turns": [{"speaker": "system", "text": "joined"}]}
    assert figures([_checked(row, "line 1", tree)], [[]], tree)["accuracy"] == 1


def test_labels_may_be_names(tree):
    node = tree.leaves[0]
    row = _checked({"label": node.name.zh, "others": [node.code], "turns": []}, "line 1", tree)
    assert (row["label"], row["others"]) == (node.code, [node.code])


@pytest.mark.parametrize(
    "fault",
    [{"sure": 3}, {"turns": [{"speaker": "robot", "text": "hi"}]}, {"turns": None}, {"label": "x"}, {"label": 3}],
)
def test_a_row_that_is_no_labelled_conversation_is_named(tree, fault):
    row = {"label": None, "turns": [{"speaker": "customer", "text": "hi"}], **fault}
    with pytest.raises(DataError, match="line 7"):
        _checked(row, "line 7", tree)


def test_where_nothing_fits_a_reason_is_wrong():
    found = figures(ROWS[2:], [reasons("delivery.late")], SHOP)
    assert (found["accuracy"], found["named"], found["right_of_named"]) == (0, None, 0)


def test_figures_are_told_apart_by_how_sure_the_label_is():
    found = by_sureness(ROWS, [reasons("delivery.late"), reasons("delivery.late"), []], SHOP)
    assert {name: row["accuracy"] for name, row in found.items()} == {
        "clear": 0.5,
        "likely": 1,
        "all": pytest.approx(2 / 3),
    }
