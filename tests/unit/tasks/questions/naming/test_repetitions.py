import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.tasks.questions.naming.repetitions import repetitions

_PATTERN = re.compile(r"([\u4e00-\u9fff]{2,}|[a-z]{4,})(?!.*还是).*\1")
_FEW_CHARACTERS = st.text(st.sampled_from("退还是好ab ，\n"), max_size=30)
_PIECES = st.lists(
    st.sampled_from(["能退", "还是", "还", "是", "order", "orde", "ab", "A", "，", "。", " ", "\n", "么"])
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("怎么退款，退款", ["退款"]),
        ("多久发货我问多久发货", ["多久发货"]),
        ("能退还是不能退", []),
        ("退款退款还是换货", []),
        ("还是退款退款", ["退款"]),
        ("退还是退还", ["退还"]),
        ("my order, where is my order", ["order"]),
        ("the cat the dog", []),
        ("退款退款，换货换货", ["退款", "换货"]),
        ("退款\n退款", []),
    ],
)
def test_what_comes_again_is_found_but_no_alternatives(text, expected):
    assert repetitions(text) == expected


@given(st.one_of(_FEW_CHARACTERS, _PIECES.map("".join)))
def test_they_are_those_of_the_pattern_that_takes_cubic_time(text):
    assert repetitions(text) == _PATTERN.findall(text)


_LARGE = 100_000


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("".join(map(chr, range(0x4E00, 0xA000))), 0),
        ("还是" + "好" * _LARGE, 1),
        ("好" * _LARGE + "还是", 0),
        ("abcd" * (_LARGE // 4), 1),
    ],
    ids=["distinct", "or before", "or behind", "the same"],
)
def test_large_texts_take_little_time(text, count):
    """No clock: were the time cubic, or quadratic in Python's steps, this test would not end."""
    assert len(repetitions(text)) == count
