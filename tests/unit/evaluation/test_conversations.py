"""Contact reasons of whole conversations, scored."""

import pytest

from evaluation.conversations import _checked, by_sureness, figures
from nlp_service import taxonomy
from nlp_service.contracts import ContactReason
from nlp_service.errors import DataError
from nlp_service.settings import MODELS


@pytest.fixture(scope="module")
def tree():
    return taxonomy.load(MODELS / "reasons" / "retail.yaml")


def reasons(*codes):
    return [ContactReason("tagged", code, [], [], []) for code in codes]


ROWS = [
    {"label": "delivery.late", "others": ["invoice.lost"], "sure": 2},
    {"label": "invoice.lost", "sure": 2},
    {"label": None, "sure": 1},
]


def test_the_main_reason_is_the_first():
    found = figures(ROWS, [reasons("delivery.late", "invoice.lost"), reasons("invoice.wrong", "invoice.lost"), []])
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["branch"] == 1
    assert found["named"] == 1
    assert found["right_of_named"] == 3 / 4
    assert found["reasons_per_conversation"] == 4 / 3


def test_no_others_and_a_turn_of_the_system_are_fine(tree):
    row = {"label": None, "others": None, "turns": [{"speaker": "system", "text": "joined"}]}
    assert figures([_checked(row, "line 1", tree)], [[]])["accuracy"] == 1


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
    found = figures(ROWS[2:], [reasons("delivery.late")])
    assert (found["accuracy"], found["named"], found["right_of_named"]) == (0, None, 0)


def test_figures_are_told_apart_by_how_sure_the_label_is():
    found = by_sureness(ROWS, [reasons("delivery.late"), reasons("delivery.late"), []])
    assert {name: row["accuracy"] for name, row in found.items()} == {
        "clear": 0.5,
        "likely": 1,
        "all": pytest.approx(2 / 3),
    }
