"""Names that can be understood by the contact reason of their cluster."""

from types import SimpleNamespace

import numpy as np
import pytest

from nlp_service.cluster_context import in_context
from nlp_service.contracts import Cluster, ReasonNode


def _cluster(name, wording, *keywords):
    return Cluster("q-1", name, wording, 6, 0.5, "enquiry", list(keywords), [], 0.9, "born", wordings=[wording])


def _named(*clusters, reason, probability, kept=()):
    """The clusters' names, when every one of them has this reason."""
    return [cluster.name for cluster in _in_context(*clusters, path=[ReasonNode("r", reason, probability)], kept=kept)]


def _in_context(*clusters, path, kept=(), status="tagged"):
    decided = SimpleNamespace(status=status, path=path)
    tasks = SimpleNamespace(
        reasons=SimpleNamespace(
            classify=lambda vectors, words: np.ones((len(vectors), 1)),
            tree=SimpleNamespace(decide=lambda mean, language, top_k: decided),
        ),
        faq=SimpleNamespace(suggest=lambda vectors, languages, top_k: [SimpleNamespace(suggestions=[])] * len(vectors)),
    )
    vectors = {cluster.representative: np.ones(4, dtype=np.float32) / 2 for cluster in clusters}
    return in_context(clusters, vectors, tasks, kept)


def test_a_name_without_an_object_is_told_by_its_contact_reason():
    asked = _cluster("什么时候退回", "那什么时候退回呢")
    assert _named(asked, reason="退款进度", probability=0.8) == ["什么时候退回（退款进度）"]


def test_a_reason_that_only_just_holds_explains_no_name():
    asked = _cluster("能修改吗", "还能修改吗")
    assert _named(asked, reason="改商品", probability=0.52) == ["能修改吗"]
    assert _named(asked, reason="改商品", probability=0.6) == ["能修改吗（改商品）"]


@pytest.mark.parametrize(
    ("name", "told"), [("降價了", "降價了（價保差價）"), ("收不到了", "收不到了"), ("知道了", "知道了")]
)
def test_a_name_that_only_says_what_happened_is_told_by_its_contact_reason(name, told):
    assert _named(_cluster(name, "之前買的，現在降價了"), reason="价保差价", probability=0.8) == [told]


def test_the_note_is_in_the_clusters_script():
    asked = _cluster("可以換嗎", "請問這樣可以換嗎")
    assert _named(asked, reason="退换规则", probability=0.8) == ["可以換嗎（退換規則）"]


def test_a_reason_that_says_what_is_to_be_done_and_with_what_is_the_name():
    asked, other = _cluster("能取消吗", "您好，能取消吗"), _cluster("取消订单", "我要取消订单")
    assert _named(asked, reason="取消订单", probability=0.8) == ["取消订单"]
    assert _named(asked, other, reason="取消订单", probability=0.8) == ["能取消吗（取消订单）", "取消订单"]
    assert _named(_cluster("我想维修", "我想维修"), reason="维修", probability=0.8) == ["我想维修"]


def test_a_mere_subject_gives_way_to_a_reason_with_another_keyword_of_the_cluster():
    asked = _cluster("降价问题", "买完就降价了", "降价", "差价")
    assert _named(asked, reason="价保差价", probability=0.95) == ["价保差价"]


def test_the_reason_of_a_traditional_cluster_is_written_so():
    path = [ReasonNode("a", "开发票", 0.9)]
    assert _in_context(_cluster("發票問題", "請問發票怎麼開"), path=path)[0].reason == ReasonNode("a", "開發票", 0.9)
    assert _in_context(_cluster("发票问题", "请问发票怎么开"), path=path)[0].reason == path[0]


def test_a_mere_subject_gives_way_to_a_certain_reason_that_says_more():
    asked = _cluster("地址问题", "我的地址下错了", "地址")
    assert _named(asked, reason="修改地址", probability=0.95) == ["修改地址"]
    assert _named(asked, reason="修改地址", probability=0.8) == ["地址问题"]
    assert _named(asked, reason="地址", probability=0.95) == ["地址问题"]
    assert _named(asked, reason="改单", probability=0.95) == ["地址问题"]


@pytest.mark.parametrize("name", ["在哪里退", "不能退吗", "可以帮忙退吗", "我想维修", "你们会邮寄吗", "怎么还在处理"])
def test_the_place_or_the_way_of_doing_is_no_object(name):
    assert _named(_cluster(name, name), reason="售后进度", probability=0.8) == [f"{name}（售后进度）"]


def test_a_note_that_makes_a_name_too_long_is_left_out():
    asked = _cluster("你们现在什么时候可以给我退", "什么时候退啊")
    assert _named(asked, reason="退款进度", probability=0.8) == ["你们现在什么时候可以给我退（退款进度）"]
    assert _named(asked, reason="退货退款进度查询与催促", probability=0.8) == ["你们现在什么时候可以给我退"]


@pytest.mark.parametrize("name", ["什么时候发货", "修改发票", "能取消订单吗", "Can I change it"])
def test_other_names_stay(name):
    assert _named(_cluster(name, name), reason="退款进度", probability=0.99) == [name]


def test_a_reason_is_what_most_wordings_state_or_right_above_it():
    path = [ReasonNode("a", "下单支付", 0.7), ReasonNode("a.b", "改单取消", 0.4), ReasonNode("a.b.c", "改商品", 0.3)]
    asked = _cluster("能修改吗", "还能修改吗")
    assert _in_context(asked, path=path[:2])[0].reason == path[0]
    assert _in_context(asked, path=path[:2])[0].name == "能修改吗（下单支付）"
    assert _in_context(asked, path=path)[0].reason is None
    assert _in_context(asked, path=path[1:])[0].reason is None


def test_a_reason_that_is_no_tag_is_none():
    asked = _cluster("能修改吗", "还能修改吗")
    (known,) = _in_context(asked, path=[ReasonNode("a", "下单支付", 0.9)], status="review")
    assert (known.reason, known.name) == (None, "能修改吗")


@pytest.mark.parametrize("name", ["没问题", "地址没问题"])
def test_what_a_customer_says_is_no_mere_subject(name):
    assert _named(_cluster(name, name, "地址"), reason="地址没写", probability=0.95) == [name]


def test_the_note_is_in_the_names_script_where_the_cluster_is_mixed():
    asked = _cluster("可以换吗", "請問這個訂單還能更換顏色嗎")
    assert _named(asked, reason="退换规则", probability=0.8) == ["可以换吗（退换规则）"]


def test_a_name_that_a_reason_is_unsure_about_or_that_people_know_stays():
    asked = _cluster("可以退吗", "这样可以退吗")
    assert _named(asked, reason="退换规则", probability=0.4) == ["可以退吗"]
    assert _named(asked, reason="退换规则", probability=0.9, kept={"可以退吗"}) == ["可以退吗"]


def test_the_note_of_a_traditional_tree_is_simplified_in_a_simplified_name():
    assert _named(_cluster("可以换吗", "这样可以换吗"), reason="退換規則", probability=0.8) == ["可以换吗（退换规则）"]


def test_a_name_that_an_earlier_cluster_has_is_not_given_again():
    both = _cluster("可以换吗（退换规则）", "这样可以换吗"), _cluster("可以换吗", "能换吗")
    assert _named(*both, reason="退换规则", probability=0.8, kept={both[0].name}) == [both[0].name, "可以换吗"]
    asked = _cluster("地址问题", "我的地址下错了", "地址"), _cluster("可以修改地址吗", "能改地址吗")
    assert _named(*asked, reason="修改地址", probability=0.95) == ["地址问题", "可以修改地址吗"]


def test_no_two_clusters_get_the_same_name():
    both = _cluster("地址问题", "我的地址下错了", "地址"), _cluster("修改地址", "改下地址")
    assert _named(*both, reason="修改地址", probability=0.95) == ["地址问题", "修改地址"]


def test_a_name_told_by_the_reason_is_the_services_own():
    path = [ReasonNode("r", "退换规则", 0.9)]
    (told,) = _in_context(_cluster("可以换吗", "这样可以换吗"), path=path)
    assert (told.name, told.is_named_by_people) == ("可以换吗（退换规则）", False)
