"""Conversations made for the test: documents with results, as the analysis gives them, but with chosen scores."""

import pytest

from nlp_service.contracts import Document, DocumentResult, SentenceResult, Turn
from nlp_service.journeys.aggregation import Aggregate
from nlp_service.tasks.sentiment import ScoredSentence, journey

NAMES = {"slow": "物流太慢", "late": "退款慢", "kind": "态度好"}


@pytest.fixture
def talk():
    """A document and its result: of each customer's sentence (a turn each) the score, stage and contact reason."""

    def make(*said, agent=(), at=None, channel=None, turn_stages=True, language="zh-Hans"):
        moments = [(*item, None, None)[:3] if isinstance(item, tuple) else (item, None, None) for item in said]
        turns = [Turn("customer", "好", at, stage if turn_stages else None) for _, stage, _ in moments]
        turns += [Turn("agent", "好", at) for _ in agent]
        places = [*moments, *((score, None, None) for score in agent)]
        scores = [score for score, _, _ in moments] + list(agent)
        sentences = [
            SentenceResult(number, turn.speaker, 0, 1, "neutral", score, {}, "statement", stage=stage, reason=reason)
            for number, (turn, score, (_, stage, reason)) in enumerate(zip(turns, scores, places, strict=True))
        ]
        scored = [
            ScoredSentence(score, number, 0, 1, stage, reason) for number, (score, stage, reason) in enumerate(moments)
        ]
        result = DocumentResult(None, language, [], sentences, journey(scored, agent), None, [])
        return Document(tuple(turns), channel=channel), result

    return make


@pytest.fixture
def report():
    """The report over such conversations."""

    def make(*talks, **options):
        aggregate = Aggregate()
        for document, result in talks:
            aggregate.add(document, result)
        return aggregate.report(lambda code: NAMES.get(code, code), **options)

    return make


@pytest.fixture
def rich(talk, report):
    """Sixty conversations along three stages; delivery is worst, service best, and a rare stage has two of them."""
    talks = []
    for number in range(60):
        wobble = 0.1 if number % 2 else -0.1
        said = [(wobble, "buying", None), (-0.7 + wobble, "delivery", "slow"), (0.6 + wobble, "service", "kind")]
        said += [(0.0, "rare", "late")] if number < 2 else []
        talks.append(talk(*said, agent=[0.2], at=f"2026-03-{number % 3 + 1:02d}T09:00:00+08:00", channel="chat"))
    return report(*talks, least=5)
