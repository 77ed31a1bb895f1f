"""Sentiment of sentences, and of the text they make up."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import SENTIMENTS, Ngrams, Sentiment, Vectors
from nlp_service.sentence_head import SentenceHead

Probabilities = NDArray[np.float64]
"""Probabilities in the order of `contracts.SENTIMENTS`: shape (3,) for one sentence, (sentences, 3) for several."""


class SentimentClassifier:
    """Reads an artefact of kind `sentiment`."""

    def __init__(self, artifact: Artifact, *, encoder_digest: str) -> None:
        self._head = SentenceHead.from_artifact(artifact, encoder_digest=encoder_digest, labels=SENTIMENTS)

    def classify(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> Probabilities:
        """Probabilities of each sentence, shape (sentences, 3), from its vector and its n-grams."""
        return self._head.probabilities(vectors, ngrams)

    def classify_clause(self, vector: NDArray[np.float32], ngrams: Ngrams) -> Probabilities:
        """Probabilities of a clause, shape (3,), from its sentence's vector and its own n-grams."""
        return self._head.part_probabilities(vector, ngrams)


def label(probabilities: Probabilities) -> Sentiment:
    """The most probable sentiment of one sentence or text."""
    return SENTIMENTS[int(probabilities.argmax())]


def score(probabilities: Probabilities) -> float:
    """P(positive) - P(negative), in [-1, 1]."""
    return round(float(probabilities[2] - probabilities[0]), 6)


def by_name(probabilities: Probabilities) -> dict[Sentiment, float]:
    """Rounded, under their names, as the interface shows them."""
    return {name: round(float(value), 6) for name, value in zip(SENTIMENTS, probabilities, strict=True)}
