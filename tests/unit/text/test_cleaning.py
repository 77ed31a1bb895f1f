"""The cleaned text that the encoder reads after."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.text import clean
from nlp_service.text._characters import INVISIBLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＢＣ１２３，好！", "ABC123,好!"),
        (" 你好 \u3000\t在吗\r\n\n请回 ", "你好 在吗 请回"),
        ("快\u200b递\ufeff没\u00ad到\x00", "快递没到"),
        ("\u202eabc\u202c", "abc"),
        ("好\ud800的", "好\ufffd的"),
        ("\ud83d\ude00", "😀"),
        ("哈哈哈哈哈", "哈哈哈"),
        ("哈哈哈", "哈哈哈"),
        ("!!!!!!", "!!!"),
        ("不行……", "不行..."),
        ("😡😡😡😡😡", "😡😡😡"),
        ("sooooo good", "sooo good"),
        ("1000000", "1000000"),
        ("JD000012345", "JD000012345"),
        ("AAAA0001", "AAAA0001"),
        ("订单AAAA00001在哪", "订单AAAA00001在哪"),
        ("¥１００００", "¥10000"),
        ("❤️", "❤"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("e\u0301", "é"),
        ("Hello 世界", "Hello 世界"),
        ("\u200b\u2060", ""),
        ("", ""),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(st.characters()) | st.text("aA1 哈!\u0301\u200b\ud83d\ude00\u1100\u1161\u11a8\u00a8\u3164ｱﾞ"))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(st.text(st.characters()))
def test_cleaned_text_is_encodable_and_evenly_spaced(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert cleaned == " ".join(cleaned.split())


def test_every_format_and_control_character_is_invisible() -> None:
    invisible = re.compile(f"[{INVISIBLE}]")
    characters = map(chr, range(0x110000))
    hidden = [character for character in characters if unicodedata.category(character) in ("Cf", "Cc")]
    assert [
        hex(ord(character)) for character in hidden if not (invisible.match(character) or character.isspace())
    ] == []


@pytest.mark.parametrize("unit", ["a", "ab", "a1", "哈", "！", "\u0301", " a", "\ud800"])
def test_large_texts_take_linear_time(unit: str) -> None:
    assert len(clean(unit * 200_000)) <= 400_000
