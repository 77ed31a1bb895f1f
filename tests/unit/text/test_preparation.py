"""The string that the tokenizer sees, and the script conversion in it; Cantonese has tests of its own."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.text import PREPARATION_VERSION, clean, prepare, to_simplified
from nlp_service.text.cantonese import to_standard


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我的訂單還沒出貨", "我的订单还没出货"),
        ("後台裡的軟體", "后台里的软体"),  # the script changes, the region's words stay
        ("乾隆年間的乾貨", "乾隆年间的干货"),
        ("我的订单", "我的订单"),
        ("Hello 世界 😀", "Hello 世界 😀"),
        ("訂\ud800單", "订\ud800单"),
        ("\ud800", "\ud800"),
        ("a\x00訂", "a\x00订"),
        ("", ""),
    ],
)
def test_to_simplified(text: str, expected: str) -> None:
    assert to_simplified(text) == expected


@given(st.text(st.characters()))
def test_any_string_can_be_simplified(text: str) -> None:
    to_simplified(text)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("  訂單ＡＢ００００１還沒到！！！！！ ", "订单AB00001还没到!!!"),
        ("\u200b\ufeff", ""),
        ("", ""),
        ("WHERE IS MY ORDER AB1234?!", "where is my order AB1234?!"),
        ("ＲＥＦＵＮＤ　ＰＬＥＡＳＥ", "refund please"),
        ("DON'T CALL ME", "don't call me"),
        ("My USB HUB broke", "My USB HUB broke"),
        ("手机有没有ＮＦＣ PAY", "手机有没有NFC PAY"),
        ("OK, USB", "ok, usb"),
        ("USB?", "USB?"),
    ],
)
def test_prepare(sentence: str, expected: str) -> None:
    assert prepare(sentence) == expected


@given(st.text(st.characters()))
def test_preparation_simplifies_the_cleaned_text(sentence: str) -> None:
    assert prepare(sentence).lower() == to_standard(to_simplified(clean(sentence))).lower()
    assert prepare(sentence) == prepare(clean(sentence)) == prepare(prepare(sentence))


def test_preparation_of_these_sentences_belongs_to_version_2() -> None:
    """When this test fails, raise PREPARATION_VERSION: cached vectors and trained heads are of the old strings."""
    assert PREPARATION_VERSION == "3"
    assert prepare("您好～～～～～我的訂單【２０２４】什麼時候到呀……") == "您好~~~我的订单【2024】什么时候到呀..."
    assert prepare("STILL NO PARCEL") == "still no parcel"


def test_threads_share_one_converter() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(to_simplified, ["訂單"] * 64)) == {"订单"}


def test_importing_the_package_does_not_load_opencc() -> None:
    program = "import sys, nlp_service.text; sys.exit('opencc' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
