"""Candidate entries of a knowledge base, for people to edit: what is asked, and what agents answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nlp_service.analysis import Analysis
from nlp_service.contracts import Cluster, Vectors
from nlp_service.frequent_questions.answers import Elsewhere, typical_answers
from nlp_service.frequent_questions.replies import Replies, Said
from nlp_service.tasks.questions import sameness, without_note
from nlp_service.text import canonical, clean, without_masks

MOST_QUESTIONS: Final = 8
LONGEST_QUESTION: Final = 100
SAMPLE: Final = 4_000
"""Sentences of agents, spread over all conversations, that an answer is compared with."""
_TEXTS_AT_ONCE: Final = 512
_CHARACTERS_READ: Final = 120
"""Of a text that is compared: no script needs more tokens for so many than the encoder reads."""


@dataclass(frozen=True, slots=True)
class Entry:
    """As a file of FAQ entries holds it."""

    id: str
    questions: list[str]
    answers: list[str]
    tags: list[str]


async def draft(analysis: Analysis, clusters: Sequence[Cluster], replies: Replies) -> list[Entry]:
    """An entry for each cluster to which agents gave a typical answer, in the order of the clusters."""
    every = sorted({(said.line, said.place, said.text) for said_of in replies.said.values() for said in said_of})
    sample = [every[number * len(every) // SAMPLE] for number in range(SAMPLE)] if len(every) > SAMPLE else every
    vectors = await _embed(analysis, [text for _, _, text in sample])
    elsewhere = Elsewhere(vectors, np.array([line for line, _, _ in sample], dtype=np.int64))
    entries = []
    for cluster in clusters:
        answers = await _answers(analysis, cluster, replies.said[cluster.id], elsewhere)
        if answers:
            entries.append(Entry(cluster.id, wordings(cluster), answers, tags(cluster)))
    return entries


def wordings(cluster: Cluster) -> list[str]:
    """The cluster's name and typical wordings, each once; if possible, none that is cut, long or masked.

    A name that no wording says is nobody's question, so it isn't one of them: a subject (发票问题), or a title that
    people gave (发票（开立／查询）). What the service added to its own names in brackets is left out.
    """
    name = cluster.name if cluster.is_named_by_people else without_note(cluster.name)
    said = (sameness(text) for text in (cluster.representative, *cluster.wordings))
    own = [name] if any(sameness(name) in text for text in said) else []
    found: dict[str, str] = {}
    for text in (*own, cluster.representative, *cluster.wordings):
        written = " ".join(text.split())
        whole = without_masks(written) == clean(written) and not written.endswith("…")
        if whole and len(written) <= LONGEST_QUESTION and canonical(written):
            found.setdefault(canonical(written), written)
    return list(found.values())[:MOST_QUESTIONS] or [name]


def tags(cluster: Cluster) -> list[str]:
    """Whether the knowledge base answers it already, its kind, its contact reason, and how often it was asked."""
    reason = [cluster.reason.code] if cluster.reason else []
    return ["answered" if cluster.answer else "new", cluster.kind, *reason, f"asked:{cluster.size}"]


async def _answers(analysis: Analysis, cluster: Cluster, said: Collection[Said], elsewhere: Elsewhere) -> list[str]:
    ordered = sorted(said, key=lambda sentence: (sentence.line, sentence.place))
    if not ordered:
        return []
    asked = [cluster.representative, *cluster.wordings]
    question = (await _embed(analysis, asked)).sum(axis=0)
    question /= max(float(np.linalg.norm(question)), 1e-6)
    vectors = await _embed(analysis, [sentence.text for sentence in ordered])
    return typical_answers(ordered, vectors, question, asked, elsewhere)


async def _embed(analysis: Analysis, texts: Sequence[str]) -> Vectors:
    """Shape (texts, dimension); in parts, because the queue in front of the encoder is limited."""
    read = [text[:_CHARACTERS_READ] for text in texts]
    starts = range(0, len(texts), _TEXTS_AT_ONCE)
    parts = [(await analysis.embed(read[start : start + _TEXTS_AT_ONCE]))[0] for start in starts]
    return np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)
