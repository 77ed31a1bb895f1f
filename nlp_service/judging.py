"""What the heads say of a sentence: of its text and who said it alone, wherever it stands. So it can be remembered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import (
    QUESTION_KINDS,
    SENTIMENTS,
    Aspect,
    Emotion,
    FaqResult,
    Kind,
    Sentiment,
    Vectors,
)
from nlp_service.tasks.emotions import LABELS, EmotionClassifier, emotion
from nlp_service.tasks.faq import FaqSuggester
from nlp_service.tasks.kinds import KindClassifier
from nlp_service.tasks.questions import QuestionClusterer
from nlp_service.tasks.reasons import ReasonClassifier
from nlp_service.tasks.sentiment import SentimentClassifier
from nlp_service.text import bags_of, prepare

DECIMALS = 6
SENTIMENT = slice(0, len(SENTIMENTS))
EMOTIONS = slice(SENTIMENT.stop, SENTIMENT.stop + len(LABELS))
REASONS = slice(EMOTIONS.stop, None)
"""Where `Judgement.row` has the probabilities of what."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """The heads that judge vectors."""

    reasons: ReasonClassifier
    sentiment: SentimentClassifier
    emotions: EmotionClassifier
    kinds: KindClassifier
    questions: QuestionClusterer
    faq: FaqSuggester


class Said(NamedTuple):
    """What a judgement is about. Of agents less is asked than of customers."""

    text: str
    by_customer: bool


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is left of a question's vector: it, and the knowledge base's answers by language, once looked for."""

    vector: NDArray[np.float32]
    answers: dict[str, FaqResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What the heads say of a sentence, rounded as the interface shows it.

    Attributes:
        probabilities: in the order of `contracts.SENTIMENTS`.
        aspects, emotion, reason, row, asked: of a customer's sentence alone. Offsets are into the sentence; `reason` is
            the contact reason that it states beyond doubt; `asked` is there if it is a question.
        row: probabilities of sentiment, emotions and contact reasons, not rounded, at `SENTIMENT`, `EMOTIONS` and
            `REASONS`; shape (3 + 8 + codes,).
    """

    sentiment: Sentiment
    score: float
    probabilities: tuple[float, ...]
    kind: Kind
    emotion: Emotion | None = None
    aspects: tuple[Aspect, ...] = ()
    reason: str | None = None
    row: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    asked: Asked | None = None


def judge(said: Sequence[Said], vectors: Vectors, for_reasons: Vectors, tasks: Tasks) -> dict[Said, Judgement]:
    """Ask the heads about sentences, the customers' first.

    Args:
        vectors: shape (sentences, dimension).
        for_reasons: of the customers' sentences, shape (customers' sentences, dimension).
    """
    texts, customers = [one.text for one in said], len(for_reasons)
    words = bags_of([prepare(text) for text in texts])
    feelings = tasks.sentiment.classify(vectors, words)
    common = zip(
        [SENTIMENTS[best] for best in feelings.argmax(axis=1).tolist()],
        np.round(feelings[:, 2] - feelings[:, 0], DECIMALS).tolist(),
        map(tuple, np.round(feelings, DECIMALS).tolist()),
        tasks.kinds.classify(vectors, words),
        strict=True,
    )
    emotions = tasks.emotions.classify(vectors[:customers], words.part(0, customers))
    reasons = tasks.reasons.classify(for_reasons, words.part(0, customers))
    aspects = tasks.sentiment.aspects_of_each(texts[:customers], vectors, feelings)
    rows = np.hstack([feelings[:customers], emotions, reasons]).astype(np.float32)
    stated = tasks.reasons.tree.sure_of_each(rows[:, REASONS].astype(np.float64))
    judgements: dict[Said, Judgement] = {}
    for at, (one, (sentiment, score, probabilities, kind)) in enumerate(zip(said, common, strict=True)):
        if at >= customers:
            judgements[one] = Judgement(sentiment, score, probabilities, kind)
            continue
        judgements[one] = Judgement(
            sentiment,
            score,
            probabilities,
            kind,
            emotion(emotions[at]),
            tuple(aspects[at]),
            stated[at],
            rows[at].copy(),  # a view would keep the rows of all sentences alive
            Asked(vectors[at].copy()) if kind in QUESTION_KINDS else None,
        )
    return judgements
