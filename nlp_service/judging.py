"""What the heads say of a sentence: of its text and who said it alone, wherever it stands. So it can be remembered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
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
from nlp_service.tasks.emotions import LABELS, EmotionClassifier, emotion_beside
from nlp_service.tasks.faq import FaqSuggester
from nlp_service.tasks.kinds import KindClassifier
from nlp_service.tasks.questions import QuestionClusterer, Standing
from nlp_service.tasks.reasons import ReasonClassifier
from nlp_service.tasks.sentiment import SentimentClassifier
from nlp_service.text import Bags, bags_of, prepare

DECIMALS = 6
SENTIMENT = slice(0, len(SENTIMENTS))
EMOTIONS = slice(SENTIMENT.stop, SENTIMENT.stop + len(LABELS))
"""Where `Feelings.row` has the probabilities of what."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """The heads that judge vectors."""

    reasons: ReasonClassifier
    sentiment: SentimentClassifier
    emotions: EmotionClassifier
    kinds: KindClassifier
    questions: QuestionClusterer
    standing: Standing
    faq: FaqSuggester


class Said(NamedTuple):
    """What a judgement is about. Of agents less is asked than of customers."""

    text: str
    by_customer: bool


class Wanted(NamedTuple):
    """What the heads are asked about sentences. Their kinds are always wanted: contact reasons are weighed by them."""

    reasons: bool
    feelings: bool


EVERYTHING = Wanted(reasons=True, feelings=True)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question.

    Attributes:
        vector: shape (dimension,).
        stands_alone: whether what is asked can be told without the rest of the conversation.
        answers: the knowledge base's by language, once looked for.
    """

    vector: NDArray[np.float32]
    stands_alone: bool
    answers: dict[str, FaqResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Feelings:
    """How a sentence feels, rounded as the interface shows it.

    Attributes:
        probabilities: in the order of `contracts.SENTIMENTS`.
        emotion_beside, aspects, row: of a customer's sentence alone. Offsets are into the sentence.
        row: probabilities of sentiment and emotions, not rounded, at `SENTIMENT` and `EMOTIONS`; shape (3 + 8,).
    """

    sentiment: Sentiment
    score: float
    probabilities: tuple[float, ...]
    emotion: Emotion | None = None
    aspects: tuple[Aspect, ...] = ()
    row: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """What a customer's sentence says about the contact reason.

    Attributes:
        row: probability of each code, not rounded, shape (codes,).
        stated: the contact reason that it states beyond doubt.
    """

    row: NDArray[np.float32]
    stated: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What the heads say of a sentence.

    Attributes:
        asked: there if it is a customer's question.
        feelings: there if they were wanted.
        reasons: there if they were wanted and a customer said it.
    """

    kind: Kind
    asked: Asked | None = None
    feelings: Feelings | None = None
    reasons: Reasons | None = None


def judge(
    said: Sequence[Said], vectors: Vectors, for_reasons: Vectors, wanted: Wanted, tasks: Tasks
) -> dict[Said, Judgement]:
    """Ask the heads about sentences, the customers' first; only those whose answers are wanted.

    Args:
        vectors: shape (sentences, dimension).
        for_reasons: of the customers' sentences, shape (customers' sentences, dimension); only counted unless reasons
            are wanted.
    """
    customers = len(for_reasons)
    words = bags_of([prepare(one.text) for one in said])
    kinds = tasks.kinds.classify(vectors, words)
    reasons = _reasons(for_reasons, words.part(0, customers), tasks) if wanted.reasons else []
    feelings = _feelings([one.text for one in said], vectors, words, customers, tasks) if wanted.feelings else []
    asked = _asked([at for at in range(customers) if kinds[at] in QUESTION_KINDS], vectors, words, tasks)
    judgements: dict[Said, Judgement] = {}
    for at, (one, kind) in enumerate(zip(said, kinds, strict=True)):
        judgements[one] = Judgement(
            kind,
            asked.get(at),
            feelings[at] if wanted.feelings else None,
            reasons[at] if wanted.reasons and at < customers else None,
        )
    return judgements


def _asked(rows: Sequence[int], vectors: Vectors, words: Bags, tasks: Tasks) -> dict[int, Asked]:
    if not rows:
        return {}
    stand_alone = tasks.standing.stand_alone(vectors[rows], [words[row] for row in rows])
    return {row: Asked(vectors[row].copy(), alone) for row, alone in zip(rows, stand_alone, strict=True)}


def _reasons(vectors: Vectors, words: Bags, tasks: Tasks) -> list[Reasons]:
    rows = tasks.reasons.classify(vectors, words).astype(np.float32)
    stated = tasks.reasons.tree.sure_of_each(rows.astype(np.float64))
    return [Reasons(*each) for each in zip(_apart(rows), stated, strict=True)]


def _feelings(texts: Sequence[str], vectors: Vectors, words: Bags, customers: int, tasks: Tasks) -> list[Feelings]:
    probabilities = tasks.sentiment.classify(vectors, words)
    sentiments = [SENTIMENTS[best] for best in probabilities.argmax(axis=1).tolist()]
    of_all = zip(
        sentiments,
        np.round(probabilities[:, 2] - probabilities[:, 0], DECIMALS).tolist(),
        map(tuple, np.round(probabilities, DECIMALS).tolist()),
        strict=True,
    )
    emotions = tasks.emotions.classify(vectors[:customers], words.part(0, customers))
    of_customers = zip(
        map(emotion_beside, sentiments, emotions),
        map(tuple, tasks.sentiment.aspects_of_each(texts[:customers], vectors, probabilities)),
        [row.copy() for row in np.hstack([probabilities[:customers], emotions])],
        strict=True,
    )
    return [Feelings(*common, *further) for common, further in zip_longest(of_all, of_customers, fillvalue=())]


def _apart(rows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Copies, because a view would keep the rows of all sentences alive."""
    return [row.copy() for row in rows]
