"""A document's sentences with what the heads said of each, and what follows for the document."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import (
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
    Sentiment,
    Skipped,
    Speaker,
    TextSentiment,
    Turn,
    Vectors,
)
from nlp_service.judging import EMOTIONS, SENTIMENT, Asked, Feelings, Judgement, Reasons, Said, Tasks
from nlp_service.sentence_head import pooled
from nlp_service.tasks.emotions import emotion
from nlp_service.tasks.reasons import ReasonedSentence, document_reasons
from nlp_service.tasks.sentiment import ScoredSentence, by_name, journey, label, score
from nlp_service.text import bags_of, detect_language, is_visible, prepare, split_sentences
from nlp_service.text_head import beginning

WEIGHT_OF_KIND: dict[Kind, float] = {"courtesy": 0.01, "statement": 0.4}
"""How much a sentence may say about the contact reason, 1 if not named: a greeting next to nothing, unless there is
nothing else; an answer to an agent's question less than the customer's own question or complaint."""
WEIGHT_OF_FRAGMENT = 0.6
"""The same of a question that doesn't stand alone ("快点！", "明天？") beside one that does."""
LANGUAGE_SAMPLE_CHARACTERS = 2_000
TOP_K = 3


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands: offsets into the text of turn `turn`."""

    turn: int
    speaker: Speaker
    start: int
    end: int
    text: str
    stage: str | None

    @property
    def said(self) -> Said:
        """What it is judged by."""
        return Said(self.text, self.speaker == "customer")


@dataclass(frozen=True, slots=True)
class Judged:
    """Sentences with everything the heads said about them, row by row."""

    sentences: Sequence[Sentence]
    judgements: Sequence[Judgement]

    def only(self, speaker: Speaker) -> "Judged":
        """What one speaker said."""
        rows = [row for row, sentence in enumerate(self.sentences) if sentence.speaker == speaker]
        return Judged([self.sentences[row] for row in rows], [self.judgements[row] for row in rows])

    @property
    def feelings(self) -> list[Feelings]:
        """How each sentence feels, if that was wanted."""
        return [judgement.feelings for judgement in self.judgements if judgement.feelings]

    @property
    def reasons(self) -> list[Reasons]:
        """What each sentence says about the contact reason, if that was wanted and all are customers'."""
        return [judgement.reasons for judgement in self.judgements if judgement.reasons]


@dataclass(frozen=True, slots=True)
class Recalled:
    """Sentences with what is known of them already: None where the heads have to be asked."""

    sentences: Sequence[Sentence]
    judgements: Sequence[Judgement | None]

    def new(self) -> list[Said]:
        """What the heads have to be asked about."""
        pairs = zip(self.sentences, self.judgements, strict=True)
        return [sentence.said for sentence, judgement in pairs if judgement is None]

    def judged(self, new: Mapping[Said, Judgement]) -> Judged:
        """The same with what they said."""
        pairs = zip(self.sentences, self.judgements, strict=True)
        return Judged(self.sentences, [known or new[sentence.said] for sentence, known in pairs])


def as_document(text: str) -> Document:
    """A plain text as a document of one customer turn."""
    return Document(turns=(Turn("customer", text),))


def split(document: Document, speakers: Collection[Speaker]) -> Iterator[Sentence]:
    """The sentences of these speakers' turns, in order."""
    return (
        Sentence(index, turn.speaker, span.start, span.end, turn.text[span.start : span.end], turn.stage)
        for index, turn in enumerate(document.turns)
        if turn.speaker in speakers
        for span in split_sentences(turn.text)
    )


def in_one_piece(document: Document, part: Recalled) -> str | None:
    """The text of a document that is one turn of several sentences, all of a customer; else None."""
    texts = [turn.text for turn in document.turns if turn.speaker == "customer" and turn.text.strip()]
    return texts[0] if len(document.turns) == 1 and texts and len(part.sentences) > 1 else None


def conclude(
    document: Document,
    judged: Judged,
    features: Collection[Feature],
    tasks: Tasks,
    whole: NDArray[np.float64] | None = None,
) -> DocumentResult:
    """The result of one document from its judged sentences. The emotional journey comes with `sentiment`.

    Args:
        whole: what it says about the contact reason as a whole, if it was read so; shape (codes,).
    """
    customer = judged.only("customer")
    skipped = _skipped(document, judged, customer, features)
    wanted = set(features) - {item.feature for item in skipped}
    language = document.language or detect_language(_sample(document))
    sentences = sentence_results(judged, tasks, with_reasons="reasons" in wanted) if "sentiment" in wanted else None
    return DocumentResult(
        id=document.id,
        language=language,
        reasons=reasons(customer, language, TOP_K, tasks, whole) if "reasons" in wanted else None,
        sentences=sentences,
        journey=_journey(sentences) if sentences else None,
        questions=_questions(customer, language, wanted, tasks),
        skipped=skipped,
    )


def reasons(
    customer: Judged, language: str, top_k: int, tasks: Tasks, whole: NDArray[np.float64] | None = None
) -> list[ContactReason]:
    """Contact reasons of the customer's sentences (at least one), the main one first; `whole` as in `conclude`."""
    places = [
        ReasonedSentence(sentence.turn, sentence.start, sentence.end, _weight(judgement))
        for sentence, judgement in zip(customer.sentences, customer.judgements, strict=True)
    ]
    rows = np.stack([reasons.row for reasons in customer.reasons]).astype(np.float64)
    return document_reasons(places, rows, tasks.reasons.tree, language=language, top_k=top_k, whole=whole)


def _weight(judgement: Judgement) -> float:
    is_fragment = judgement.asked is not None and not judgement.asked.stands_alone
    return WEIGHT_OF_KIND.get(judgement.kind, 1.0) * (WEIGHT_OF_FRAGMENT if is_fragment else 1.0)


def sentence_results(judged: Judged, tasks: Tasks, *, with_reasons: bool) -> list[SentenceResult]:
    """Sentiment and kind of each sentence; of a customer's the emotion, the aspects and the contact reason too."""
    return [
        _sentence_result(sentence, judgement, feelings, tasks, with_reasons=with_reasons)
        for sentence, judgement, feelings in zip(judged.sentences, judged.judgements, judged.feelings, strict=True)
    ]


def _sentence_result(
    sentence: Sentence, judgement: Judgement, feelings: Feelings, tasks: Tasks, *, with_reasons: bool
) -> SentenceResult:
    reason = judgement.reasons.stated if with_reasons and judgement.reasons else None
    negative, neutral, positive = feelings.probabilities
    probabilities: dict[Sentiment, float] = {"negative": negative, "neutral": neutral, "positive": positive}
    return SentenceResult(
        turn=sentence.turn,
        speaker=sentence.speaker,
        start=sentence.start,
        end=sentence.end,
        sentiment=feelings.sentiment,
        score=feelings.score,
        probabilities=probabilities,
        kind=judgement.kind,
        emotion=feelings.emotion,
        aspects=[_moved(aspect, sentence.start) for aspect in feelings.aspects],
        stage=sentence.stage or (tasks.reasons.tree.taxonomy.stage(reason) if reason else None),
        reason=reason,
    )


def _moved(aspect: Aspect, by: int) -> Aspect:
    return Aspect(
        start=aspect.start + by,
        end=aspect.end + by,
        clause_start=aspect.clause_start + by,
        clause_end=aspect.clause_end + by,
        sentiment=aspect.sentiment,
        score=aspect.score,
    )


def by_sentences(judged: Judged) -> NDArray[np.float64]:
    """How a text feels by its sentences, at least one: probabilities as in `Feelings.row`, shape (3 + 8,)."""
    lengths = np.array([len(sentence.text) for sentence in judged.sentences])
    rows = np.stack([feelings.row for feelings in judged.feelings])
    return np.concatenate([pooled(rows[:, part], lengths) for part in (SENTIMENT, EMOTIONS)])


def read_whole(
    texts: Sequence[str], rows: NDArray[np.float64], vectors: Vectors, tasks: Tasks
) -> list[NDArray[np.float64]]:
    """How texts of several sentences feel if each is read as a whole too: rows like those of `by_sentences`.

    Args:
        rows: of each text by its sentences, shape (texts, 3 + 8).
        vectors: of each text's `beginning`, shape (texts, dimension).
    """
    words = bags_of([prepare(beginning(text)) for text in texts])
    sentiment = tasks.sentiment.of_texts(rows[:, SENTIMENT], vectors, words)
    return list(np.hstack([sentiment, tasks.emotions.of_texts(rows[:, EMOTIONS], vectors, words)]))


def text_sentiment(judged: Judged, row: NDArray[np.float64] | None, tasks: Tasks) -> TextSentiment:
    """Sentiment of one text and of its sentences.

    Args:
        row: how the text feels, as of `by_sentences`; None if it has no sentence.
    """
    if row is None:
        return TextSentiment([], None, [Skipped("sentiment", "text_empty")])
    overall, emotions = row[SENTIMENT], row[EMOTIONS]
    return TextSentiment(
        sentence_results(judged, tasks, with_reasons=False),
        Overall(label(overall), score(overall), by_name(overall), emotion(emotions)),
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
    pairs = zip(customer.sentences, customer.judgements, strict=True)
    asked = [(sentence, judgement.kind, judgement.asked) for sentence, judgement in pairs if judgement.asked]
    if "faq" in wanted:
        _look_for_answers([question for _, _, question in asked], language, tasks)
    return [
        Question(
            sentence.turn, sentence.start, sentence.end, kind, question.answers[language] if "faq" in wanted else None
        )
        for sentence, kind, question in asked
    ]


def _look_for_answers(asked: Sequence[Asked], language: str, tasks: Tasks) -> None:
    """Give each question the answer in this language that it doesn't have yet; a fragment has none by itself."""
    for question in asked:
        if not question.stands_alone:
            question.answers[language] = FaqResult("no_answer", [], [Skipped("faq", "context_dependent")])
    open_questions = [question for question in asked if language not in question.answers]
    if not open_questions:
        return
    vectors = np.stack([question.vector for question in open_questions])
    found = tasks.faq.suggest(vectors, [language] * len(open_questions), TOP_K)
    for question, answer in zip(open_questions, found, strict=True):
        question.answers[language] = answer


def _skipped(document: Document, judged: Judged, customer: Judged, features: Collection[Feature]) -> list[Skipped]:
    read_by = {"sentiment": judged, "reasons": customer, "questions": customer, "faq": customer}
    unread = [feature for feature in features if not read_by[feature].sentences]
    if not unread:
        return []
    reason = "no_customer_text" if any(is_visible(turn.text) for turn in document.turns) else "text_empty"
    return [Skipped(feature, reason) for feature in unread]


def _sample(document: Document) -> str:
    """The beginning of what the customer wrote, of everything if the customer wrote nothing."""
    for speakers in ({"customer"}, {"customer", "agent", "system"}):
        sample = " ".join(turn.text[:LANGUAGE_SAMPLE_CHARACTERS] for turn in document.turns if turn.speaker in speakers)
        if sample.strip():
            return sample[:LANGUAGE_SAMPLE_CHARACTERS]
    return ""
