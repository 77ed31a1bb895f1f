"""A document's analysis becomes one flat row, without a word of the customer's."""

from dataclasses import asdict

import pytest

from nlp_service.batch import row
from nlp_service.contracts import (
    ContactReason,
    Document,
    DocumentResult,
    Question,
    ReasonNode,
    SentenceResult,
    Skipped,
    Turn,
)
from nlp_service.tasks.sentiment import ScoredSentence, journey

TEXT = "我的电饭煲还没到"
DOCUMENT = Document(
    (Turn("agent", "您好"), Turn("customer", TEXT, at="2026-03-01"), Turn("customer", TEXT, at="2026-03-02")),
    id="7",
    channel="电话",
)


def reason(status, *codes):
    nodes = [ReasonNode(code, f"名 {code}", 0.91236 - 0.1 * depth) for depth, code in enumerate(codes)]
    return ContactReason(status, codes[-1] if codes else None, nodes, [])


def sentence(speaker):
    probabilities = {"negative": 0.2, "neutral": 0.3, "positive": 0.5}
    return SentenceResult(0, speaker, 0, 2, "positive", 0.3, probabilities, "statement")


@pytest.fixture
def result():
    scores = (-0.123456, -0.9, 0.5)
    return DocumentResult(
        id="7",
        language="zh-Hans",
        reasons=[reason("review", "a", "a.b"), reason("tagged", "c"), reason("tagged", "d", "d.e")],
        sentences=[sentence("agent"), sentence("customer"), sentence("customer")],
        journey=journey([ScoredSentence(score, turn, 0, 1) for turn, score in enumerate(scores)]),
        questions=[Question(1, 0, 2, "enquiry", None)],
        skipped=[],
    )


def test_a_row_says_what_the_analysis_says(result):
    found = asdict(row(DOCUMENT, 12, result))
    assert found == {
        "id": "7",
        "line": 12,
        "at": "2026-03-01",
        "channel": "电话",
        "status": "review",
        "code": "a.b",
        "reason": "名 a › 名 a.b",
        "probability": 0.8124,
        "other_codes": "c|d.e",
        "sentiment_mean": -0.1745,
        "sentiment_start": -0.1235,
        "sentiment_valley": -0.9,
        "sentiment_end": 0.5,
        "customer_sentences": 2,
        "questions": 1,
        "skipped": None,
    }


def test_out_of_scope_has_no_code(result):
    result = DocumentResult("7", "zh-Hans", [reason("out_of_scope")], [], result.journey, [], [])
    found = row(DOCUMENT, 1, result)
    assert (found.status, found.code, found.reason, found.probability, found.other_codes) == (
        "out_of_scope",
        *[None] * 4,
    )


def test_of_a_silent_customer_it_says_what_was_skipped():
    skipped = [Skipped("reasons", "no_customer_text"), Skipped("questions", "no_customer_text")]
    found = asdict(row(Document(()), 3, DocumentResult(None, "und", None, None, None, None, skipped)))
    assert found.pop("skipped") == "reasons:no_customer_text|questions:no_customer_text"
    assert {name: value for name, value in found.items() if value is not None} == {
        "line": 3,
        "customer_sentences": 0,
        "questions": 0,
    }
