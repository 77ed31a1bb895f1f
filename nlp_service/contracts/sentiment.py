"""How a clause, a sentence, a text and a whole conversation feel."""

from dataclasses import dataclass, field

from nlp_service.contracts.values import (
    Emotion,
    Kind,
    Offset,
    Probability,
    Score,
    Sentiment,
    Skipped,
    Speaker,
    TurnIndex,
)


@dataclass(frozen=True, slots=True)
class Aspect:
    """What a clause of a sentence praises or complains about, and how.

    Attributes:
        start, end: the words it is about.
        clause_start, clause_end: the clause that says so.
    """

    start: Offset
    end: Offset
    clause_start: Offset
    clause_end: Offset
    sentiment: Sentiment
    score: Score


@dataclass(frozen=True, slots=True)
class SentenceResult:
    """One sentence: where it is, how it feels, what kind of sentence it is.

    Attributes:
        emotion: where a customer's is clear; always null for an agent.
        aspects: of a customer's sentence, in order; empty where none is named.
        stage, reason: the turn's stage or that of the contact reason, and the contact reason of a customer's sentence
            that states one beyond doubt; null where not known.
    """

    turn: TurnIndex
    speaker: Speaker
    start: Offset
    end: Offset
    sentiment: Sentiment
    score: Score
    probabilities: dict[Sentiment, Probability]
    kind: Kind
    emotion: Emotion | None = None
    aspects: list[Aspect] = field(default_factory=list)
    stage: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Overall:
    """The sentiment of a whole text, and its emotion where one is clear."""

    sentiment: Sentiment
    score: Score
    probabilities: dict[Sentiment, Probability]
    emotion: Emotion | None = None


@dataclass(frozen=True, slots=True)
class TextSentiment:
    """Sentiment of one text: its sentences, and the whole (null when there is nothing to judge)."""

    sentences: list[SentenceResult]
    overall: Overall | None
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Moment:
    """A sentence of a journey: where it is, and the stage and the contact reason it belongs to, where known."""

    turn: TurnIndex
    start: Offset
    end: Offset
    stage: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Journey:
    """How the customer felt along the conversation; numbers are sentence scores in [-1, 1], means of them, differences.

    What a few sentences can't show is null; `tasks.sentiment.journey` defines each.

    Attributes:
        peak_at, valley_at: the sentence with the highest and the lowest score, the latest of equals.
        slope: least-squares change of the score from the first to the last sentence.
        recovery: how far above its valley the conversation ended, if it has a negative one.
        curve: the smoothed score at eleven evenly spaced places, from the first sentence to the last.
        by_speaker: the mean of each speaker's sentences; all other numbers are the customer's alone.
    """

    start: Score
    peak: Score
    valley: Score
    end: Score
    mean: Score
    slope: float | None
    recovery: float | None
    curve: list[Score] | None
    peak_at: Moment
    valley_at: Moment
    by_stage: dict[str, Score]
    by_reason: dict[str, Score]
    by_speaker: dict[Speaker, Score]
