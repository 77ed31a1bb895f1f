import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.text import essence


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("😡請問什麼時候出貨？", "什么时候出货"),
        ("你好，怎么退货，谢谢", "怎么退货"),
        ("[订单x] 少了一本", "少了一本"),
        ("订单号1234567890123，什么时候发货", "什么时候发货"),
        ("order number 1234567890, where is my parcel", "where is my parcel"),
        ("怎么退货呀？", "怎么退货呀？"),
        ("转人工", "转人工"),
        ("你好，谢谢", "你好，谢谢"),
        ("[订单x]", "[订单x]"),
        ("😡😡", "😡😡"),
    ],
)
def test_what_says_why_is_left(text, left):
    assert essence(text) == left


@given(st.text())
def test_there_is_always_something_to_read(text):
    assert any(map(str.isalnum, essence(text))) or essence(text) == text
