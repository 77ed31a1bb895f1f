"""The records that travel between the rooms, and the seams (Protocols) where a room can be exchanged.

Records are frozen dataclasses; the result records are the HTTP response shapes as well, so each shape exists once.
Offsets are half-open `[start, end)` in Unicode code points of the text as sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

Vectors = NDArray[np.float32]
"""Shape (sentences, dimension), float32, rows of unit length (all zeros for a text with no tokens)."""
Vector = NDArray[np.float32]
"""One of its rows, shape (dimension,)."""

Ngrams = NDArray[np.int64]
"""Which n-grams a prepared text has: ascending numbers, shape (n-grams,); see `text.ngrams`."""

Speaker = Literal["customer", "agent", "system"]
Feature = Literal["reasons", "sentiment", "questions", "faq"]
FEATURES: tuple[Feature, ...] = ("reasons", "sentiment", "questions", "faq")
Sentiment = Literal["negative", "neutral", "positive"]
SENTIMENTS: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
Emotion = Literal["anger", "worry", "disappointment", "sadness", "gratitude", "joy", "surprise"]
EMOTIONS: tuple[Emotion, ...] = ("anger", "worry", "disappointment", "sadness", "gratitude", "joy", "surprise")
Kind = Literal["enquiry", "request", "complaint", "suggestion", "statement", "courtesy"]
KINDS: tuple[Kind, ...] = ("enquiry", "request", "complaint", "suggestion", "statement", "courtesy")
Event = Literal["born", "grown", "shrunk", "merged", "split", "steady"]
QUESTION_KINDS: frozenset[Kind] = frozenset({"enquiry", "request"})


# --- what comes in ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said before another did.

    Attributes:
        stage: the stage of the customer's journey, in the caller's own words, e.g. `delivery`.
    """

    speaker: Speaker
    text: str
    at: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A transcript, e-mail, review or survey answer. A plain text is a document of one customer turn."""

    turns: tuple[Turn, ...]
    id: str | None = None
    language: str | None = None
    channel: str | None = None


# --- what goes out ------------------------------------------------------------------------------------------------

Probability = Annotated[float, Field(ge=0, le=1)]
Score = Annotated[float, Field(ge=-1, le=1, description="P(positive) - P(negative)")]
Offset = Annotated[int, Field(ge=0, description="code points into the text as sent")]
TurnIndex = Annotated[int, Field(ge=0, description="index of the turn; 0 for a plain text")]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Says what was not analysed, and why."""

    feature: Annotated[str, Field(examples=["reasons"])]
    reason: Annotated[str, Field(examples=["text_empty"])]


@dataclass(frozen=True, slots=True)
class ReasonNode:
    """A node of the taxonomy with its probability. A parent's probability is the sum of its children's."""

    code: str
    name: str
    probability: Probability


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that a contact reason rests on; the weights of one reason add up to at most 1."""

    turn: TurnIndex
    start: Offset
    end: Offset
    weight: Probability


@dataclass(frozen=True, slots=True)
class ContactReason:
    """Why the customer made contact: the path from the top of the taxonomy to the deepest node that is sure enough."""

    status: Literal["tagged", "review", "out_of_scope"]
    code: str | None
    path: list[ReasonNode]
    alternatives: list[ReasonNode]
    evidence: list[Evidence] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


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


@dataclass(frozen=True, slots=True)
class FaqSuggestion:
    """A knowledge-base entry that may answer the question; `question` is its wording nearest to what was asked."""

    id: str
    question: str
    answer: str
    probability: Probability


@dataclass(frozen=True, slots=True)
class FaqResult:
    """Answers suggested for one question, best first."""

    status: Literal["suggested", "no_answer"]
    suggestions: list[FaqSuggestion]
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence in which a customer asks for information or for an action."""

    turn: TurnIndex
    start: Offset
    end: Offset
    kind: Kind
    faq: FaqResult | None


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """The analysis of one document. A feature that wasn't asked for is null; what couldn't be is in `skipped`."""

    id: str | None
    language: Annotated[str, Field(examples=["zh-Hans", "zh-Hant", "en", "und"])]
    reasons: list[ContactReason] | None
    sentences: list[SentenceResult] | None
    journey: Journey | None
    questions: list[Question] | None
    skipped: list[Skipped]


@dataclass(frozen=True, slots=True)
class QuestionItem:
    """A question to be clustered."""

    id: str
    text: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class ShareChange:
    """How the share of a cluster's questions has changed since `previous`, counted by one yardstick in both.

    Attributes:
        before, now: share of the questions that are near to the earlier cluster's wordings.
        low, high: 95 % interval of the difference.
    """

    before: Probability
    now: Probability
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that ask the same; `members` are the ids given, or the positions in the request.

    Attributes:
        wordings: typical ones, the most central first; by them the next run finds the cluster again.
        reach: how many questions are near to its wordings: what the next run compares its own number with.
        theme: id of the theme it belongs to.
        position: place on a map of all clusters, in [-1, 1]; near means alike.
        reason: the contact reason that most of its questions state, where one is clear.
        answer: what the knowledge base says to it already.
        predecessors: ids of the earlier clusters that it comes from.
        change: how its share has changed since `previous`; null if it comes from none.
    """

    id: str
    name: str
    representative: str
    size: int
    share: Probability
    kind: Kind
    keywords: list[str]
    members: list[str]
    stability: Probability
    event: Event
    wordings: list[str] = field(default_factory=list)
    reach: int | None = None
    theme: str | None = None
    position: tuple[float, float] | None = None
    reason: ReasonNode | None = None
    answer: FaqSuggestion | None = None
    predecessors: list[str] = field(default_factory=list)
    change: ShareChange | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    """Clusters about one subject: the coarse level over the clusters, which are the fine one."""

    id: str
    name: str
    size: int
    share: Probability
    keywords: list[str]
    clusters: list[str]


@dataclass(frozen=True, slots=True)
class GoneCluster:
    """A cluster of `previous` whose id is not among the clusters now.

    Attributes:
        event: `died`: its questions have become fewer beyond chance; `quiet`: too few now, but that may be chance;
            `merged`: its questions are in another cluster now.
        into: ids of the clusters where its questions are now.
    """

    id: str
    name: str
    event: Literal["died", "quiet", "merged"]
    into: list[str]
    change: ShareChange | None = None


@dataclass(frozen=True, slots=True)
class Clustering:
    """Clusters and themes, largest first, and the ids of questions that belong to none.

    Attributes:
        sample: texts of up to 1,000 of all questions, drawn at random, without order numbers, links and addresses; by
            them the next run finds out whether what is a cluster then was there before.
    """

    clusters: list[Cluster]
    outliers: list[str]
    themes: list[Theme] = field(default_factory=list)
    gone: list[GoneCluster] = field(default_factory=list)
    sample: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A loaded model; `digest` changes when its weights or its configuration do."""

    task: Annotated[str, Field(examples=["encoder", "reasons"])]
    name: str
    version: str
    digest: str
    precision: str | None = None
    device: str | None = None
    engine: str | None = None


Progress = Callable[[str, int, int], None]
"""Told how far long work is: the step (`encoding`, `clustering`, `naming`), how much of it is done, of how much.

It may be called from a worker thread, and it may raise to end the work."""


def unobserved(_step: str, _done: int, _of: int) -> None:
    """Progress that nobody follows."""


# --- seams --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """What an encoder is: enough to tell two answers apart.

    Attributes:
        dimension: length of a vector.
        max_tokens: longest sequence it reads, special tokens included.
        precision: of the arithmetic, e.g. `float32`.
        device: where it runs, e.g. `cpu`.
        engine: what runs it, e.g. `onnxruntime`.
    """

    name: str
    version: str
    digest: str
    dimension: int
    max_tokens: int
    precision: str
    device: str
    engine: str


class Encoder(Protocol):
    """Turns prepared texts into unit vectors, in two steps so that work can be counted and sorted in tokens.

    Both methods are called from worker threads and must be safe to call from several at once. A text's vector doesn't
    depend on what else is in the batch.
    """

    @property
    def info(self) -> EncoderInfo: ...

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special tokens included, cut at `max_tokens`; never empty."""
        ...

    def encode(self, sequences: Sequence[Sequence[int]]) -> Vectors:
        """Vectors of one batch, shape (sequences, dimension), in order."""
        ...


class VectorCache(Protocol):
    """Remembers vectors by key. A failure of any kind is a miss, never an error; a key never changes its meaning."""

    async def get_many(self, keys: Sequence[str]) -> list[Vector | None]:
        """The vector of each key, in order, or None."""
        ...

    async def set_many(self, vectors: Mapping[str, Vector]) -> None: ...

    async def close(self) -> None: ...
