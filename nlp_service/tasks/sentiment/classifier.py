"""Sentiment of sentences, and of the text they make up."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import SENTIMENTS, Aspect, Ngrams, Sentiment, Vectors
from nlp_service.sentence_head import SentenceHead
from nlp_service.tasks.sentiment.aspects import ClauseTarget, clauses_with_targets
from nlp_service.text import ngrams, prepare, split_clauses

Probabilities = NDArray[np.float64]
"""Probabilities in the order of `contracts.SENTIMENTS`: shape (3,) for one sentence, (sentences, 3) for several."""

NEUTRAL = SENTIMENTS.index("neutral")
SURELY_NEUTRAL = 0.6
"""Above this probability of neutral no clause of the sentence is looked at."""


class SentimentClassifier:
    """Reads an artefact of kind `sentiment`."""

    def __init__(self, artifact: Artifact, *, encoder_digest: str) -> None:
        self._head = SentenceHead.from_artifact(artifact, encoder_digest=encoder_digest, labels=SENTIMENTS)

    def classify(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> Probabilities:
        """Probabilities of each sentence, shape (sentences, 3), from its vector and its n-grams."""
        return self._head.probabilities(vectors, ngrams)

    def aspects(self, text: str, vector: NDArray[np.float32], probabilities: Probabilities) -> list[Aspect]:
        """What a sentence's clauses praise or complain about; nothing where it surely does neither.

        Args:
            text: the sentence as sent; offsets are into it.
            vector: shape (dimension,). probabilities: shape (3,), of the sentence.
        """
        if probabilities[NEUTRAL] > SURELY_NEUTRAL:
            return []
        found = clauses_with_targets(text)
        is_whole = len(found) == 1 and len(split_clauses(text)) == 1
        judged = [(part, probabilities if is_whole else self._of_clause(text, part, vector)) for part in found]
        return [
            Aspect(part.target_start, part.target_end, part.start, part.end, label(feeling), score(feeling))
            for part, feeling in judged
            if label(feeling) != "neutral"
        ]

    def _of_clause(self, text: str, clause: ClauseTarget, vector: NDArray[np.float32]) -> Probabilities:
        return self._head.part_probabilities(vector, ngrams(prepare(text[clause.start : clause.end])))


def label(probabilities: Probabilities) -> Sentiment:
    """The most probable sentiment of one sentence or text."""
    return SENTIMENTS[int(probabilities.argmax())]


def score(probabilities: Probabilities) -> float:
    """P(positive) - P(negative), in [-1, 1]."""
    return round(float(probabilities[2] - probabilities[0]), 6)


def by_name(probabilities: Probabilities) -> dict[Sentiment, float]:
    """Rounded, under their names, as the interface shows them."""
    return {name: round(float(value), 6) for name, value in zip(SENTIMENTS, probabilities, strict=True)}
