"""Sentiment of sentences, and of the text they make up."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import SENTIMENTS, Aspect, Ngrams, Sentiment, Vectors
from nlp_service.sentence_head import SentenceHead
from nlp_service.tasks.sentiment.aspects import ClauseTarget, clauses_with_targets
from nlp_service.text import bags_of, prepare, split_clauses
from nlp_service.text_head import TextHead

Probabilities = NDArray[np.float64]
"""Probabilities in the order of `contracts.SENTIMENTS`: shape (3,) for one sentence, (sentences, 3) for several."""

NEUTRAL = SENTIMENTS.index("neutral")
SURELY_NEUTRAL = 0.6
"""Above this probability of neutral no clause of the sentence is looked at."""


class SentimentClassifier:
    """Reads an artefact of kind `sentiment`."""

    def __init__(self, artifact: Artifact, *, encoder_digest: str) -> None:
        self._head = SentenceHead.from_artifact(artifact, encoder_digest=encoder_digest, labels=SENTIMENTS)
        self._text_head = TextHead.from_artifact(artifact, encoder_digest=encoder_digest, labels=SENTIMENTS)

    def classify(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> Probabilities:
        """Probabilities of each sentence, shape (sentences, 3), from its vector and its n-grams."""
        return self._head.probabilities(vectors, ngrams)

    def of_texts(self, pooled: Probabilities, vectors: Vectors, ngrams: Sequence[Ngrams]) -> Probabilities:
        """Probabilities of texts of several sentences, shape (texts, 3); arguments as `TextHead.probabilities`."""
        return self._text_head.probabilities(pooled, vectors, ngrams)

    def aspects(self, text: str, vector: NDArray[np.float32], probabilities: Probabilities) -> list[Aspect]:
        """What a sentence's clauses praise or complain about; nothing where it surely does neither.

        Args:
            text: the sentence as sent; offsets are into it.
            vector: shape (dimension,). probabilities: shape (3,), of the sentence.
        """
        return self.aspects_of_each([text], vector[None], probabilities[None])[0]

    def aspects_of_each(
        self, texts: Sequence[str], vectors: Vectors, probabilities: Probabilities
    ) -> list[list[Aspect]]:
        """The same for several sentences, faster; vectors and probabilities of further ones are left alone."""
        aspects: list[list[Aspect]] = [[] for _ in texts]
        clauses: list[tuple[int, ClauseTarget, bool]] = []
        for row in np.flatnonzero(probabilities[: len(texts), NEUTRAL] <= SURELY_NEUTRAL).tolist():
            found = clauses_with_targets(texts[row])
            if len(split_clauses(texts[row])) == 1:
                aspects[row] = [aspect for part in found for aspect in _aspects(part, probabilities[row])]
            else:
                clauses += [(row, part, len({other.start for other in found}) == 1) for part in found]
        if clauses:
            words = bags_of([prepare(texts[row][part.start : part.end]) for row, part, _ in clauses])
            only = np.array([is_only for _, _, is_only in clauses])
            judged = self._head.part_probabilities(vectors[[row for row, _, _ in clauses]], words, only)
            for (row, part, _), feeling in zip(clauses, judged, strict=True):
                aspects[row] += _aspects(part, feeling)
        return aspects


def _aspects(part: ClauseTarget, feeling: Probabilities) -> list[Aspect]:
    """The one that a clause states, if it isn't neutral."""
    if label(feeling) == "neutral":
        return []
    return [Aspect(part.target_start, part.target_end, part.start, part.end, label(feeling), score(feeling))]


def label(probabilities: Probabilities) -> Sentiment:
    """The most probable sentiment of one sentence or text."""
    return SENTIMENTS[int(probabilities.argmax())]


def score(probabilities: Probabilities) -> float:
    """P(positive) - P(negative), in [-1, 1]."""
    return round(float(probabilities[2] - probabilities[0]), 6)


def by_name(probabilities: Probabilities) -> dict[Sentiment, float]:
    """Rounded, under their names, as the interface shows them."""
    return {name: round(float(value), 6) for name, value in zip(SENTIMENTS, probabilities, strict=True)}
