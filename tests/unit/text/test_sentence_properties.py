"""What holds of the sentences of any string, however odd or large."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.text import split_sentences
from nlp_service.text._characters import INVISIBLE
from nlp_service.text.sentences import MAX_SENTENCE_CHARACTERS

_ANY_STRING = st.text(st.characters())  # lone surrogates included
_FRAGMENTS = st.sampled_from(
    [
        *'好吗的。！?;….~～，、 \n\t"”)）[]😀a1x\u200b\u200d\ufe0f\u0301\ud800',
        *[
            "你好",
            "我的快递还没到",
            "http://a.b/c?x=1",
            "[订单x]",
            "Mr.",
            "3.5",
            "e.g. ",
            "👨‍👩‍👧",
            "......",
            "a" * 90,
            "说" * 90,
        ],
    ]
)
_LIKELY_STRING = st.lists(_FRAGMENTS, max_size=40).map("".join)
_INVISIBLE_CHARACTERS = re.compile(f"[{INVISIBLE}]")


@given(st.one_of(_ANY_STRING, _LIKELY_STRING))
def test_spans_are_ordered_trimmed_and_complete(text: str) -> None:
    position = 0
    missed = []
    for span in split_sentences(text):
        sentence = text[span.start : span.end]
        assert position <= span.start < span.end <= len(text)
        assert sentence == sentence.strip()
        assert len(sentence) <= MAX_SENTENCE_CHARACTERS
        assert len(sentence.splitlines()) == 1
        missed.append(text[position : span.start])
        position = span.end
    missed.append(text[position:])
    assert not _INVISIBLE_CHARACTERS.sub("", "".join(missed)).strip()


@given(_LIKELY_STRING)
def test_sentences_of_a_line_do_not_depend_on_other_lines(text: str) -> None:
    alone = [text[span.start : span.end] for span in split_sentences(text)]
    below = f"前一行\n{text}"
    assert [below[span.start : span.end] for span in split_sentences(below)] == ["前一行", *alone]


_LARGE = 200_000


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("a", 1000),
        ("说", 1000),
        (" a", 1000),
        ("。a", 100_000),
        ("[", 1000),
        ("。", 1000),
        ("\n", 0),
        (" ", 0),
        ("a.", 1000),
        ("@", 1000),
        ("[订单x]", 1000),
        ("http://", None),
        ("a/?,", None),
        ('"…', None),
        (").", None),
        (",.", None),
        ("❶~", 1000),
        ("a--", None),
        (". ", None),
        ("[x] ", None),
        ("\u3000我", None),
        ("e\u0301", None),
    ],
)
def test_large_texts_take_linear_time(unit: str, expected: int | None) -> None:
    """No clock: were the time quadratic in 200,000 characters, this test would not end."""
    count = len(split_sentences(unit * (_LARGE // len(unit))))
    assert expected is None or count == expected
