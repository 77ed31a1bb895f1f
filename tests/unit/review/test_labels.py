import pytest

from nlp_service.review.labels import Labels
from nlp_service.taxonomy import Node, Taxonomy


def _labels(*nodes):
    return Labels(Taxonomy("t", "0" * 64, tuple(Node(**node) for node in nodes)))


def test_what_is_written_otherwise_finds_its_only_code():
    labels = _labels(
        {"code": "refund.when", "name": {"zh": "退款時間", "en": "Refund time"}},
        {"code": "fin-gift", "name": "禮物卡", "aliases": ("GIFT_CARD",)},
    )
    written = ["退款时间", "refund TIME", "礼物卡", "ｇｉｆｔ_ｃａｒｄ", "FIN－GIFT", "fin–gift"]
    assert [labels.code(label) for label in written] == ["refund.when"] * 2 + ["fin-gift"] * 4


def test_what_stands_in_the_tree_means_that_whatever_is_written_alike():
    labels = _labels({"code": "a", "name": "發票"}, {"code": "b", "name": "发票"}, {"code": "A", "name": "x"})
    assert [labels.code(label) for label in ("發票", "发票", "a", "A")] == ["a", "b", "a", "A"]


def test_what_several_are_called_so_is_none_of_them():
    labels = _labels({"code": "a", "name": "Fee"}, {"code": "b", "name": "FEE"})
    assert labels.code("fee") is None
    assert labels.namesakes("fee") == ["a", "b"]


def test_a_name_of_two_branches_is_none_in_another_script_either():
    labels = _labels(
        {"code": "a", "name": "甲"},
        {"code": "b", "name": "乙"},
        {"code": "a.x", "parent": "a", "name": "其他問題"},
        {"code": "b.x", "parent": "b", "name": "其他問題"},
    )
    assert [labels.code(label) for label in ("其他問題", "其他问题")] == [None, None]
    assert labels.namesakes("其他问题") == ["a.x", "b.x"]


def test_of_nodes_on_one_path_the_lowest_is_meant():
    labels = _labels({"code": "a", "name": "退貨"}, {"code": "a.a", "parent": "a", "name": "退貨"})
    assert labels.code("退货") == labels.code("退貨") == "a.a"


def test_an_active_node_comes_before_a_retired_one():
    labels = _labels({"code": "old", "name": "Fax", "active": False}, {"code": "new", "name": "FAX"})
    assert (labels.code("fax"), labels.code("Fax")) == ("new", "old")


@pytest.mark.parametrize(("label", "hint"), [("refund.wen", "; did you mean 'Refund.when'?"), ("别的事", "")])
def test_what_is_unknown_comes_with_the_nearest(label, hint):
    labels = _labels({"code": "Refund.when", "name": "退款時間"})
    assert labels.code(label) is None
    assert labels.nearest(label) == hint
