"""What customers ask, picked out of transcripts whose sentences have been judged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.contracts import Document, DocumentResult, QuestionItem, SentenceResult, Turn
from nlp_service.frequent_questions.gathering import Asked, Gathered, asks, customers_only, gather
from nlp_service.text import split_sentences


def judged(*turns, name="t1"):
    """A document and its result; a turn is a speaker, a text and the kinds of its sentences."""
    document = Document(
        tuple(Turn(speaker, text, f"2026-03-0{n + 1}") for n, (speaker, text, *_) in enumerate(turns)), name
    )
    sentences = []
    for number, (speaker, text, *kinds) in enumerate(turns):
        spans = split_sentences(text)
        assert len(spans) == len(kinds), [text[span.start : span.end] for span in spans]
        sentences += [
            SentenceResult(number, speaker, span.start, span.end, "neutral", 0.0, {}, kind)
            for span, kind in zip(spans, kinds, strict=True)
        ]
    return document, DocumentResult(name, "zh-Hans", None, sentences, None, None, [])


def texts(found):
    return [asked.question.text for asked in found]


def test_questions_know_where_and_when_they_were_asked():
    document, result = judged(
        ("customer", "你好。退货要自己出运费吗？", "courtesy", "enquiry"),
        ("agent", "请问是什么原因退呢？", "enquiry"),
        ("customer", "尺码偏小。帮我换大一号吧。", "statement", "request"),
    )
    first, second = gather(document, result, line=7)
    assert first == Asked(QuestionItem("t1:0:3", "退货要自己出运费吗？", "2026-03-01", "t1"), 7, 0)
    assert second == Asked(QuestionItem("t1:2:5", "帮我换大一号吧。", "2026-03-03", "t1"), 7, 2)
    assert document.turns[0].text[3:].startswith(first.question.text)


def test_a_transcript_without_an_id_goes_by_its_line():
    document, result = judged(("customer", "发票抬头怎么改？", "enquiry"), name=None)
    assert [asked.question.id for asked in gather(document, result, line=12)] == ["12:0:0"]


def test_kinds_are_a_choice():
    document, result = judged(("customer", "水壶用了半年。现在还能保修吗？", "statement", "enquiry"))
    assert texts(gather(document, result, 1)) == ["现在还能保修吗？"]
    assert texts(gather(document, result, 1, ("statement",))) == ["水壶用了半年。"]


def test_a_fragment_brings_along_what_it_is_about():
    document, result = judged(("customer", "水壶漏水了。能修吗？", "statement", "enquiry"))
    assert texts(gather(document, result, 1)) == ["水壶漏水了。能修吗？"]


def test_a_fragment_after_a_question_is_part_of_it():
    document, result = judged(("customer", "会员积分怎么兑换？在哪？", "enquiry", "enquiry"))
    assert texts(gather(document, result, 1)) == ["会员积分怎么兑换？在哪？"]


def test_a_fragment_stays_alone_beside_a_greeting_or_in_another_turn():
    document, result = judged(
        ("customer", "谢谢你。怎么退？", "courtesy", "enquiry"),
        ("customer", "多久？", "enquiry"),
    )
    assert texts(gather(document, result, 1)) == ["怎么退？", "多久？"]


def test_what_a_customer_repeats_counts_once_a_conversation():
    document, result = judged(("customer", "我要转人工！", "request"), ("customer", "我要轉人工", "request"))
    assert texts(gather(document, result, 1)) == ["我要转人工！"]


@pytest.mark.parametrize(
    "text",
    [
        "你好", "您好，在吗？", "在么", "好的，谢谢", "订单号:[订单x] 订单金额:[金额x] 下单时间:[日期x]",
        "咨询订单号：82716354", "QH-2026-0308-004512", "[链接x]",
        "Hi there!", "ok thanks", "???", "👍", "", "　", "請問", "訂單編號 20260301",
    ],
)  # fmt: skip
def test_greetings_and_numbers_ask_nothing(text):
    assert not asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "催单",
        "退款",
        "查物流",
        "人工客服电话多少",
        "订单[订单x]怎么还没发货",
        "在吗？退货地址给我",
        "運費誰出",
        "Where is my order?",
    ],
)
def test_short_questions_ask_something(text):
    assert asks(text)


@given(st.text())
def test_any_text_can_be_asked_about(text):
    assert asks(text) in (True, False)


def test_agents_are_left_out_and_turns_keep_their_places():
    document, _ = judged(
        ("customer", "几点到？", "enquiry"), ("agent", "下午。", "statement"), ("system", "结束", "statement")
    )
    left = customers_only(document)
    assert [turn.text for turn in left.turns] == ["几点到？", "", ""]
    assert (left.id, left.turns[0]) == (document.id, document.turns[0])


def test_ids_that_come_again_are_told_apart():
    gathered = Gathered()
    for name in ("a", "a#2", "a", "a", "b"):
        gathered.add(Asked(QuestionItem(name, "怎么退？"), 1))
    assert [question.id for question in gathered.questions] == ["a", "a#2", "a#3", "a#4", "b"]
    assert gathered.repeated == 2


def test_questions_without_a_word_are_counted_and_left_out():
    gathered = Gathered()
    for text in ("？？？", "", "退货"):
        gathered.add(Asked(QuestionItem("x", text), 1))
    assert [question.text for question in gathered.questions] == ["退货"]
    assert (gathered.wordless, gathered.repeated) == (2, 0)
