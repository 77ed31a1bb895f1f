import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.text import prepare, split_sentences, without_emoji


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("😡請問什麼時候出貨？", "請問什麼時候出貨？"),
        ("退貨❤️❤️在哪裡申請🙏🏻", "退貨 在哪裡申請"),
        ("👨‍👩‍👧 where is my parcel 😭😭", "where is my parcel"),
        ("7折吗", "7折吗"),
        ("😡😡", "😡😡"),
    ],
)
def test_words_stay(text, plain):
    assert prepare(without_emoji(text)) == prepare(plain)


@given(st.text())
def test_whatever_has_a_word_keeps_it(text):
    plain = without_emoji(text)
    assert bool(split_sentences(plain)) == bool(split_sentences(text))
    assert without_emoji(plain) == plain
