"""What stages and contact reasons are called."""

import pytest

from nlp_service import taxonomy
from nlp_service.journeys.names import STAGES, Names
from nlp_service.settings import MODELS
from nlp_service.taxonomy import Name, Node, Taxonomy

TREE = Taxonomy(
    "small",
    "digest",
    (
        Node(code="delivery", name=Name(zh="发货物流", en="Dispatch and parcels"), stage="delivery"),
        Node(code="coupon", name=Name(zh="优惠券", en="Coupons"), stage="before_buying"),
        Node(code="before_buying", name=Name(zh="商品咨询", en="Products"), stage="before_buying"),
        Node(code="claims", name=Name(zh="理赔", en="Claims"), stage="claims"),
        Node(code="visit", name=Name(zh="回访", en="Visit")),
        Node(code="service", name=Name(zh="客服", en="Staff")),
    ),
)


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("zh-Hans", ["售前", "配送", "claims", "回访", "客服", "下单", "上门"]),
        ("zh-Hant", ["售前", "配送", "claims", "回訪", "客服", "下單", "上门"]),
        ("en", ["Before buying", "Delivery", "claims", "Visit", "Staff", "Ordering", "上门"]),
    ],
)
def test_stages_that_are_usual_have_their_own_names_and_others_their_own_word(language, names):
    named = Names(TREE, language)
    stages = ["before_buying", "delivery", "claims", "visit", "service", "ordering", "上门"]
    assert [named.stage(stage) for stage in stages] == names
    assert named.reason("before_buying") == {"zh-Hans": "商品咨询", "zh-Hant": "商品諮詢", "en": "Products"}[language]


def test_names_in_traditional_characters_stay_as_they_are():
    tree = Taxonomy("t", "d", (Node(code="a", name=Name(zh="退貨與后里店", en="Returns")),))
    assert Names(tree, "zh-Hant").reason("a") == "退貨與后里店"


def test_every_stage_of_the_bundled_tree_has_a_name_of_its_own():
    tree = taxonomy.load(MODELS / "reasons" / "retail.yaml")
    stages = {node.stage for node in tree.nodes} - {None}
    assert stages <= set(STAGES)
    named = Names(tree, "zh-Hans")
    assert [named.stage(stage) for stage in ("before_buying", "after_sales", "service")] == ["售前", "售后", "服务"]
