"""Where a sentence is cut into clauses, in examples, and what holds of the clauses of any string."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.text.clauses import split_clauses


def clauses(text):
    return [text[span.start : span.end] for span in split_clauses(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("快递很快，客服态度差", ["快递很快", "客服态度差"]),
        ("水温不够；房间小…早餐还行！", ["水温不够", "房间小", "早餐还行"]),
        ("麵包鬆軟，咖啡卻淡得像水", ["麵包鬆軟", "咖啡卻淡得像水"]),
        ("Great phone - terrible battery", ["Great phone", "terrible battery"]),
        ("Nice staff, slow wifi; loud street", ["Nice staff", "slow wifi", "loud street"]),
        ("We waited... nobody came!!", ["We waited", "nobody came"]),
    ],
)
def test_commas_and_the_like_cut_and_belong_to_no_clause(text, expected):
    assert clauses(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("味道不错但是分量太少", ["味道不错", "但是分量太少"]),
        ("虽然贵了点不过效果真的好", ["虽然贵了点", "不过效果真的好"]),
        ("價格很貴卻不耐用", ["價格很貴", "卻不耐用"]),
        ("质量很好就是有点重", ["质量很好", "就是有点重"]),
        ("The food was fine but the waiter was rude", ["The food was fine", "but the waiter was rude"]),
        ("The bed was soft while the pillows were hard", ["The bed was soft", "while the pillows were hard"]),
        ("The soup was cold and the bread was stale", ["The soup was cold", "and the bread was stale"]),
        (
            "the staff were lovely, but the wifi was useless and breakfast was cold.",
            ["the staff were lovely", "but the wifi was useless", "and breakfast was cold"],
        ),
        ("Staff were lovely and food was great", ["Staff were lovely", "and food was great"]),
    ],
)
def test_a_word_of_contrast_opens_a_clause(text, expected):
    assert clauses(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "客服、快递都很好",
        "客服却一直不回复",
        "你们这就是骗人",
        "质量不过关",
        "但愿明天能到",
        "花了1,000元买3.5寸屏10:30到",
        "见http://a.example/b,c;d",
        "订单[单号,x]没到",
        "I waited for a while",
        "It hasn't arrived yet",
        "The room and the bathroom were dirty",
        "We liked that the room and bathroom were clean",
    ],
)
def test_nouns_in_a_row_numbers_urls_and_lookalikes_stay_whole(text):
    assert clauses(text) == [text]


def test_and_in_a_list_of_what_was_said_cuts():
    assert clauses("快递很慢、客服不回") == ["快递很慢", "客服不回"]


def test_a_connective_alone_and_an_emoji_alone_are_no_clauses():
    assert clauses("但是，太贵了，😡") == ["太贵了"]
    assert clauses("However, the food is cold, though.") == ["the food is cold"]


_PARTS = st.sampled_from(
    [*"，、；：…—。！?!,;:.- \n\t\ud800😀1a好\u200b", "但是", "不过", "很快", "but", " and the ", "was "]
)
_TEXTS = st.one_of(st.text(st.characters()), st.lists(_PARTS, max_size=40).map("".join))


@given(_TEXTS)
def test_clauses_are_inside_in_order_trimmed_and_worded(text):
    position = 0
    for span in split_clauses(text):
        clause = text[span.start : span.end]
        assert position <= span.start < span.end <= len(text)
        assert clause == clause.strip(" \t\n，、；：…—。！？,;:.!?")
        assert any(character.isalnum() for character in clause)
        position = span.end


@given(_TEXTS)
def test_only_separators_emoji_and_lone_connectives_are_left_out(text):
    kept = sum(character.isalnum() for clause in clauses(text) for character in clause)
    words = ("但是", "不过", "but", "and")
    assert kept >= sum(map(str.isalnum, text)) - sum(text.count(word) * len(word) for word in words)


def test_a_long_text_takes_linear_time():
    assert len(split_clauses("快递很快，客服态度差。" * 5_000)) == 10_000
