"""A document's sentences with what the heads said of each, and what follows for the document."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import (
    QUESTION_KINDS,
    Aspect,
    ContactReason,
    Document,
    DocumentResult,
    FaqResult,
    Feature,
    Journey,
    Kind,
    Overall,
    Question,
    SentenceResult,
    Skipped,
    Speaker,
    TextSentiment,
    Turn,
    Vectors,
)
from nlp_service.sentence_head import pooled
from nlp_service.tasks.emotions import EmotionClassifier, emotion
from nlp_service.tasks.faq import FaqSuggester
from nlp_service.tasks.kinds import KindClassifier
from nlp_service.tasks.questions import QuestionClusterer
from nlp_service.tasks.reasons import ReasonClassifier, ReasonedSentence, document_reasons
from nlp_service.tasks.sentiment import (
    Probabilities,
    ScoredSentence,
    SentimentClassifier,
    by_name,
    journey,
    label,
    score,
)
from nlp_service.text import detect_language, ngrams_of, prepare, split_sentences

WEIGHT_OF_KIND: dict[Kind, float] = {"courtesy": 0.01, "statement": 0.4}
"""How much a sentence may say about the contact reason, 1 if not named: a greeting next to nothing, unless there is
nothing else; an answer to an agent's question less than the customer's own question or complaint."""
LANGUAGE_SAMPLE_CHARACTERS = 2_000
TOP_K = 3


@dataclass(frozen=True, slots=True)
class Tasks:
    """The heads that judge vectors."""

    reasons: ReasonClassifier
    sentiment: SentimentClassifier
    emotions: EmotionClassifier
    kinds: KindClassifier
    questions: QuestionClusterer
    faq: FaqSuggester


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands: offsets into the text of turn `turn` of document `document`."""

    document: int
    turn: int
    speaker: Speaker
    start: int
    end: int
    text: str
    stage: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Sentences with everything the heads said about them, row by row.

    Attributes:
        sentiment: shape (sentences, 3), in the order of `contracts.SENTIMENTS`.
        emotions: shape (sentences, 8), in the order of `tasks.emotions.LABELS`.
        reasons: shape (sentences, codes).
    """

    sentences: Sequence[Sentence]
    vectors: Vectors
    kinds: Sequence[Kind]
    sentiment: NDArray[np.float64]
    emotions: NDArray[np.float64]
    reasons: NDArray[np.float64]

    def rows(self, rows: Sequence[int]) -> "Judged":
        """Some of the sentences, in the order given."""
        at = list(rows)
        return Judged(
            [self.sentences[row] for row in at],
            self.vectors[at],
            [self.kinds[row] for row in at],
            self.sentiment[at],
            self.emotions[at],
            self.reasons[at],
        )

    def only(self, speaker: Speaker) -> "Judged":
        """What one speaker said."""
        return self.rows([row for row, sentence in enumerate(self.sentences) if sentence.speaker == speaker])


def as_document(text: str) -> Document:
    """A plain text as a document of one customer turn."""
    return Document(turns=(Turn("customer", text),))


def split(documents: Sequence[Document], speakers: Collection[Speaker]) -> list[Sentence]:
    """The sentences of these speakers' turns, in order."""
    return [
        Sentence(number, index, turn.speaker, span.start, span.end, turn.text[span.start : span.end], turn.stage)
        for number, document in enumerate(documents)
        for index, turn in enumerate(document.turns)
        if turn.speaker in speakers
        for span in split_sentences(turn.text)
    ]


def judge(sentences: Sequence[Sentence], vectors: Vectors, for_reasons: Vectors, tasks: Tasks) -> Judged:
    """Ask the heads about every sentence; vectors of shape (sentences, dimension)."""
    words = ngrams_of([prepare(sentence.text) for sentence in sentences])
    return Judged(
        sentences,
        vectors,
        tasks.kinds.classify(vectors, words),
        tasks.sentiment.classify(vectors, words),
        tasks.emotions.classify(vectors, words),
        tasks.reasons.classify(for_reasons, words),
    )


def conclude(document: Document, judged: Judged, features: Collection[Feature], tasks: Tasks) -> DocumentResult:
    """The result of one document from its judged sentences. The emotional journey comes with `sentiment`."""
    customer = judged.only("customer")
    skipped = _skipped(document, judged, customer, features)
    wanted = set(features) - {item.feature for item in skipped}
    language = document.language or detect_language(_sample(document))
    sentences = sentence_results(judged, tasks, with_reasons="reasons" in wanted) if "sentiment" in wanted else None
    return DocumentResult(
        id=document.id,
        language=language,
        reasons=reasons(customer, language, TOP_K, tasks) if "reasons" in wanted else None,
        sentences=sentences,
        journey=_journey(sentences) if sentences else None,
        questions=_questions(customer, language, wanted, tasks),
        skipped=skipped,
    )


def reasons(customer: Judged, language: str, top_k: int, tasks: Tasks) -> list[ContactReason]:
    """Contact reasons of the customer's sentences (at least one), the main one first."""
    places = [
        ReasonedSentence(sentence.turn, sentence.start, sentence.end, WEIGHT_OF_KIND.get(kind, 1.0))
        for sentence, kind in zip(customer.sentences, customer.kinds, strict=True)
    ]
    return document_reasons(places, customer.reasons, tasks.reasons.tree, language=language, top_k=top_k)


def sentence_results(judged: Judged, tasks: Tasks, *, with_reasons: bool) -> list[SentenceResult]:
    """Sentiment and kind of each sentence; of a customer's the emotion, the aspects and the contact reason too."""
    return [_sentence_result(judged, row, tasks, with_reasons=with_reasons) for row in range(len(judged.sentences))]


def _sentence_result(judged: Judged, row: int, tasks: Tasks, *, with_reasons: bool) -> SentenceResult:
    sentence, probabilities = judged.sentences[row], judged.sentiment[row]
    is_customer = sentence.speaker == "customer"
    tree = tasks.reasons.tree
    reason = tree.sure(judged.reasons[row]) if with_reasons and is_customer else None
    return SentenceResult(
        turn=sentence.turn,
        speaker=sentence.speaker,
        start=sentence.start,
        end=sentence.end,
        sentiment=label(probabilities),
        score=score(probabilities),
        probabilities=by_name(probabilities),
        kind=judged.kinds[row],
        emotion=emotion(judged.emotions[row]) if is_customer else None,
        aspects=_aspects(sentence, judged.vectors[row], probabilities, tasks) if is_customer else [],
        stage=sentence.stage or (tree.taxonomy.stage(reason) if reason else None),
        reason=reason,
    )


def _aspects(
    sentence: Sentence, vector: NDArray[np.float32], probabilities: Probabilities, tasks: Tasks
) -> list[Aspect]:
    start = sentence.start
    return [
        replace(
            aspect,
            start=start + aspect.start,
            end=start + aspect.end,
            clause_start=start + aspect.clause_start,
            clause_end=start + aspect.clause_end,
        )
        for aspect in tasks.sentiment.aspects(sentence.text, vector, probabilities)
    ]


def text_sentiment(judged: Judged, tasks: Tasks) -> TextSentiment:
    """Sentiment of one text and of its sentences."""
    if not judged.sentences:
        return TextSentiment([], None, [Skipped("sentiment", "text_empty")])
    lengths = np.array([len(sentence.text) for sentence in judged.sentences])
    overall = pooled(judged.sentiment, lengths)
    feeling = emotion(pooled(judged.emotions, lengths))
    return TextSentiment(
        sentence_results(judged, tasks, with_reasons=False),
        Overall(label(overall), score(overall), by_name(overall), feeling),
    )


def _journey(sentences: Sequence[SentenceResult]) -> Journey | None:
    customer = [
        ScoredSentence(said.score, said.turn, said.start, said.end, stage=said.stage, reason=said.reason)
        for said in sentences
        if said.speaker == "customer"
    ]
    return journey(customer, agent=[said.score for said in sentences if said.speaker == "agent"])


def _questions(customer: Judged, language: str, wanted: Collection[Feature], tasks: Tasks) -> list[Question] | None:
    if not {"questions", "faq"} & set(wanted):
        return None
    asked = customer.rows([row for row, kind in enumerate(customer.kinds) if kind in QUESTION_KINDS])
    answers: list[FaqResult | None] = [None] * len(asked.sentences)
    if "faq" in wanted:
        answers = [*tasks.faq.suggest(asked.vectors, [language] * len(asked.sentences), TOP_K)]
    return [
        Question(sentence.turn, sentence.start, sentence.end, kind, answer)
        for sentence, kind, answer in zip(asked.sentences, asked.kinds, answers, strict=True)
    ]


def _skipped(document: Document, judged: Judged, customer: Judged, features: Collection[Feature]) -> list[Skipped]:
    reason = "no_customer_text" if any(turn.text.strip() for turn in document.turns) else "text_empty"
    read_by = {"sentiment": judged, "reasons": customer, "questions": customer, "faq": customer}
    return [Skipped(feature, reason) for feature in features if not read_by[feature].sentences]


def _sample(document: Document) -> str:
    """The beginning of what the customer wrote, of everything if the customer wrote nothing."""
    for speakers in ({"customer"}, {"customer", "agent", "system"}):
        sample = " ".join(turn.text[:LANGUAGE_SAMPLE_CHARACTERS] for turn in document.turns if turn.speaker in speakers)
        if sample.strip():
            return sample[:LANGUAGE_SAMPLE_CHARACTERS]
    return ""
