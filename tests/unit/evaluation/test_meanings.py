"""What labels mean, and what is said of those that mean nothing."""

from pathlib import Path

import pytest

from evaluation.labelled import Labelled
from evaluation.meanings import LINES, meanings
from nlp_service.errors import DataError
from nlp_service.taxonomy import Changes, Node, Taxonomy

TREE = Taxonomy(
    "shop",
    "0" * 64,
    (
        Node(code="fee", name="费用", aliases=("money",)),
        Node(code="fee.refund", parent="fee", name={"zh": "退款", "en": "Refund"}),
        Node(code="old", name="旧", active=False),
    ),
)


def rows(*labels):
    return [Labelled("my secret text", label, number) for number, label in enumerate(labels, start=2)]


def test_labels_are_codes_names_and_aliases():
    meant = meanings(TREE, {Path("a.csv"): rows("fee", None, "money"), Path("b.csv"): rows("Refund", "退款", "old")})
    assert meant == {"fee": "fee", "money": "fee", "Refund": "fee.refund", "退款": "fee.refund", "old": "old"}


def test_labels_in_another_script_width_or_case_are_known():
    assert meanings(TREE, {Path("a.csv"): rows("費用", "ＦＥＥ", "FEE.REFUND", "refund")}) == {
        "費用": "fee",
        "ＦＥＥ": "fee",
        "FEE.REFUND": "fee.refund",
        "refund": "fee.refund",
    }


def test_a_label_that_is_nearly_one_comes_with_a_hint():
    with pytest.raises(DataError, match=r"in taxonomy 'shop'; did you mean 'fee\.refund'\?$"):
        meanings(TREE, {Path("a.csv"): rows("fee.refnd")})


def test_all_unknown_labels_of_all_files_are_told_at_once_with_their_rows():
    files = {Path("a.csv"): rows("fee", "x", "y", "x", "x", "x", "x"), Path("b.jsonl"): rows("x", None, "x")}
    with pytest.raises(DataError) as caught:
        meanings(TREE, files)
    neither = "is neither a code, a name nor an alias in taxonomy 'shop'"
    assert str(caught.value).splitlines() == [
        f"a.csv: rows 3, 5, 6 and 2 more: label 'x' {neither}",
        f"a.csv: row 4: label 'y' {neither}",
        f"b.jsonl: lines 2, 4: label 'x' {neither}",
    ]


def test_a_name_of_several_codes_is_told_with_them():
    other = tuple(Node(code=f"{code}.other", parent=code, name={"zh": "其他", "en": "Other"}) for code in ("a", "b"))
    tree = Taxonomy("t", "0" * 64, (Node(code="a", name="甲"), Node(code="b", name="乙"), *other))
    with pytest.raises(DataError, match=r"row 2: label 'Other' is the name of 2 codes: a\.other, b\.other$"):
        meanings(tree, {Path("a.csv"): rows("Other")})


def test_of_very_many_unknown_labels_the_rest_is_counted():
    with pytest.raises(DataError) as caught:
        meanings(TREE, {Path("a.csv"): rows(*(f"label {number}" for number in range(LINES + 7)))})
    lines = str(caught.value).splitlines()
    assert len(lines) == LINES + 1
    assert lines[-1] == "and 7 more labels"


def test_labels_in_codes_of_an_older_tree_follow_the_mapping():
    changes = Changes({"cost": ("fee",), "back": ("fee.refund",)})
    meant = meanings(TREE, {Path("a.csv"): rows("cost", "BACK", "退款")}, changes, are_trained=True)
    assert meant == {"cost": "fee", "BACK": "fee.refund", "退款": "fee.refund"}


def test_nothing_is_learned_of_a_retired_code():
    with pytest.raises(DataError, match="row 2: label '旧' is the code 'old', which isn't active"):
        meanings(TREE, {Path("a.csv"): rows("旧")}, are_trained=True)
