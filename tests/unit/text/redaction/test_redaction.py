"""What is masked and what isn't, in own examples, and what holds of any string."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.contracts import PERSONAL_DATA, RedactedSpan
from nlp_service.text import redact, without_masks
from tests.unit.text.redaction import examples, near_misses

POSITIVE = [*examples.POSITIVE, *near_misses.POSITIVE]
NEGATIVE = [*examples.NEGATIVE, *near_misses.NEGATIVE]
MARK = re.compile(r"⟦(\w+)\|([^⟧]*)⟧")
MOST_MS = 5.0
HOSTILE_LENGTH = 100_000
HOSTILE_S = 8.0
"""Ten times what a busy core takes for the slowest: what grows with the square takes minutes."""


def as_sent(marked):
    """The text without marks, and the spans that they stood for."""
    text, spans, position = "", [], 0
    for mark in MARK.finditer(marked):
        text += marked[position : mark.start()]
        spans.append(RedactedSpan(len(text), len(text) + len(mark[2]), mark[1]))
        text += mark[2]
        position = mark.end()
    return text + marked[position:], spans


def tagged(text, spans):
    for span in reversed(spans):
        text = f"{text[: span.start]}[{span.type.upper()}]{text[span.end :]}"
    return text


@pytest.mark.parametrize("marked", POSITIVE)
def test_personal_data_is_found_where_it_is(marked):
    text, spans = as_sent(marked)
    result = redact(text)
    assert result.spans == spans
    assert result.text == tagged(text, spans)


@pytest.mark.parametrize("text", NEGATIVE)
def test_nothing_else_is_touched(text):
    assert redact(text).text == text


def test_the_examples_have_every_type():
    assert {span.type for marked in POSITIVE for span in as_sent(marked)[1]} == set(PERSONAL_DATA)


def test_only_what_is_wanted_is_masked():
    text = "我叫王小明，电话13812345678，邮箱wxm@example.com"
    assert redact(text, ["email"]).text == "我叫王小明，电话13812345678，邮箱[EMAIL]"
    assert redact(text, []).text == text


@pytest.mark.parametrize(
    ("text", "unwanted"),
    [("身份证11010519491231002X", "phone"), ("13812345678@example.com", "phone"), ("订单号13812345678", "phone")],
)
def test_no_part_of_one_type_is_masked_as_another(text, unwanted):
    assert redact(text, [unwanted]).text == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("身份证11010519491231002X", "id_number"),
        ("银行卡6222021234567890128", "bank_card"),
        ("https://example.com/?to=a@example.com", "url"),
        ("订单号 6222021234567890128", "order_number"),
        ("4111111111111112", "order_number"),
        ("110105194912310021", "order_number"),
    ],
)
def test_the_longest_and_most_specific_type_wins(text, kind):
    assert [span.type for span in redact(text).spans] == [kind]


@pytest.mark.parametrize("kind", PERSONAL_DATA)
def test_a_tag_is_a_mask_to_everything_else(kind):
    text = f"[{kind.upper()}]什么时候到"
    assert without_masks(text) == " 什么时候到"
    assert redact(text).text == text


def test_offsets_count_code_points_of_the_text_as_sent():
    text = "😀１３８\u200b１２３４５６７８😀"
    assert redact(text).spans == [RedactedSpan(1, 13, "phone")]


def test_masking_may_uncover_more():
    assert redact("a@example.com13812345678").text == "[EMAIL][PHONE]"


def test_a_number_in_brackets_is_no_mask():
    assert redact("{{13812345678}} {{order number}}").text == "{{[PHONE]}} {{order number}}"


MARKED_TEXTS = [as_sent(marked)[0] for marked in (*POSITIVE, *NEGATIVE)]
FRAGMENTS = st.sampled_from(
    [
        *"0123456789一三八零王张明号路市 -.,:/@#+()[]{}<>*xX·，。\n\u200b\ufffc\ud800😀aZ电话",
        *["房间301-302", "2026-03-", "202603", "(852) 9123 4567", "昨天", "经理", "师傅", "海港城2楼"],
        *["13812345678", "wxm@example.com", "订单号", "身份证", "我叫", "先生", "Mr. ", "John", "my name is ", "电话"],
        *[
            "11010519491231002X",
            "11010519491231 ",
            "002X",
            "6222021234567890128",
            "https://",
            "北京市朝阳区",
            "路88号",
            "[PHONE]",
            "138****5678",
        ],
    ]
)
WILD = st.one_of(
    st.text(st.characters()),
    st.lists(FRAGMENTS, max_size=30).map("".join),
    st.lists(st.sampled_from(MARKED_TEXTS), max_size=4).map("".join),
)


@given(WILD)
def test_spans_are_in_order_inside_and_apart(text):
    result = redact(text)
    position = 0
    for span in result.spans:
        assert position <= span.start < span.end <= len(text)
        assert span.type in PERSONAL_DATA
        position = span.end
    assert result.text == tagged(text, result.spans)


@given(WILD)
def test_what_is_masked_holds_nothing_more(text):
    masked = redact(text).text
    assert redact(masked).text == masked


@given(WILD, st.lists(st.sampled_from(PERSONAL_DATA), unique=True))
def test_types_only_choose_among_the_spans(text, types):
    assert redact(text, types).spans == [span for span in redact(text).spans if span.type in types]


HOSTILE = [
    *["1", "1 ", "1-", "12-", "138 ", "a", "a.", "a@", "a-", "A1", "[", "{{", "*", "1*"],
    *["路", "路1号", "一", "1.", "1:", "电话", "电话1", "订单号", "#", "+", "((1", "北京市", "区"],
    *["http://", "www.", "王先生", "my name is ", "John ", "12 A ", "4111 ", "0", "+1 ", "1栋"],
    *["北京 1栋", "me@a.", "\u200b", "1\u200b", "GB82 WEST ", "１", "1,", "¥1", "13812345678"],
    *["a@b.com13812345678", "我叫王", "收件人:", "A1-", "2025-01-01 ", "\ufffc1", "11010519491231 002X ", "我叫王·"],
    *["房间301-", "301/", "2026-03-", "202603-", "(852) ", "昨天王经理", "王", "my name is a", "北京市海港城2楼"],
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_string_takes_long(unit):
    text = (unit * HOSTILE_LENGTH)[:HOSTILE_LENGTH]
    started = time.process_time()
    redact(text)
    assert time.process_time() - started < HOSTILE_S


def test_an_ordinary_text_takes_a_few_milliseconds():
    filler = "我上周五买的净水器，物流一直停在杭州，到底什么时候能送到？麻烦尽快处理一下，谢谢！3天了。" * 15
    text = f"{filler}我叫王小明，订单号1234567890123456，电话13812345678，{filler}{filler}"[:2_000]
    took = []
    for _ in range(9):
        started = time.process_time()
        assert len(redact(text).spans) == 3
        took.append(time.process_time() - started)
    assert min(took) * 1_000 < MOST_MS
