"""Which language, and which Chinese script, a text is taken for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from nlp_service.text import Language, detect_language

_SIMPLIFIED = [
    "我的订单什么时候发货",
    "请问这个退款多久到账",
    "快递员态度太差了，我要投诉",
    "发票开错了，能重开吗？",
    "手机屏幕碎了，还在保修期内吗",
    "麻烦帮我转人工客服",
    "这个东西质量太差，跟图片不一样",
]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *((text, "zh-Hans") for text in _SIMPLIFIED),
        ("你好", "zh-Hans"),
        ("我的iPhone 15 Pro Max坏了", "zh-Hans"),
        ("iphone 15 pro max 坏了", "zh-Hans"),
        ("帮check一下my order", "zh-Hans"),
        ("[订单x] 在吗", "zh-Hans"),
        ("打开https://shop.example/a/long/path?with=words 看看", "zh-Hans"),
        ("退款 john.smith@gmail.com", "zh-Hans"),
        ("發票請寄 mailto:john-a_b+c.smith@mail.shop.example.com", "zh-Hant"),
        ("退款 www.our.shop.example.com", "zh-Hans"),
        ("后台在里面，云台不行", "zh-Hans"),
        ("台灣的快遞還沒到裡面", "zh-Hant"),
        ("我的 iPhone 壞了，可以換嗎", "zh-Hant"),
        ("麻煩幫我查一下訂單 thanks", "zh-Hant"),
        ("於是我就取消了", "zh-Hant"),
        ("Where is my order?", "en"),
        ("ok", "en"),
        ("Où est ma commande", "en"),
        ("My order from 京东 has not arrived yet", "en"),
        ("where is [订单x]", "en"),
        ("please write to 京东 at john.smith@gmail.com", "en"),
        ("ok.thanks", "en"),
        ("配送状況を確認したい", "und"),
        ("ありがとう", "und"),
        ("ｱﾘｶﾞﾄｳ", "und"),
        ("안녕하세요, 주문이 안 왔어요", "und"),
        ("أين طلبي", "und"),
        ("Где мой заказ", "und"),
        ("优の品什么时候发货", "zh-Hans"),
        ("12345 !!! 😂", "und"),
        ("[订单x]", "und"),
        ("", "und"),
        ("\ud800", "und"),
    ],
)
def test_detect_language(text: str, language: Language) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", _SIMPLIFIED)
@pytest.mark.parametrize("configuration", ["s2t", "s2tw", "s2hk"])
def test_text_converted_to_traditional_is_taken_for_it(text: str, configuration: str) -> None:
    assert detect_language(OpenCC(configuration).convert(text)) == "zh-Hant"


@given(st.text(st.characters()))
def test_any_string_has_an_answer(text: str) -> None:
    assert detect_language(text) in ("zh-Hans", "zh-Hant", "en", "und")


@pytest.mark.parametrize("unit", ["a", "a.", "a-", "a--", "[", "http://", "说", "a說", "a@", "a@b-", "a@b--", "www."])
def test_large_texts_take_linear_time(unit: str) -> None:
    assert detect_language(unit * 200_000)
