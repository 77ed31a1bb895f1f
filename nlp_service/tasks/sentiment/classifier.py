"""Sentiment of sentences, and of the text they make up."""

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import SENTIMENTS, Sentiment, Vectors
from nlp_service.heads import Head

Probabilities = NDArray[np.float64]
"""Probabilities in the order of `contracts.SENTIMENTS`: shape (3,) for one sentence, (sentences, 3) for several."""

MIN_PROBABILITY = 1e-9


class SentimentClassifier:
    """Reads an artefact of kind `sentiment`."""

    def __init__(self, artifact: Artifact, *, encoder_digest: str) -> None:
        self._head = Head.from_artifact(artifact, encoder_digest=encoder_digest, labels=SENTIMENTS)
        self._columns = [self._head.labels.index(sentiment) for sentiment in SENTIMENTS]

    def classify(self, vectors: Vectors) -> Probabilities:
        """Probabilities of each sentence, shape (sentences, 3)."""
        probabilities: Probabilities = self._head.probabilities(vectors)[:, self._columns]
        return probabilities

    @staticmethod
    def overall(sentences: Probabilities, lengths: NDArray[np.int64]) -> Probabilities:
        """Probabilities of a text from those of its sentences, shape (3,).

        Their geometric mean, weighted by the root of `lengths`, as in training: a clear sentence moves it more than it
        would an arithmetic mean.

        Args:
            sentences: shape (sentences, 3), at least one.
            lengths: characters of each sentence.
        """
        weights = np.sqrt(lengths)
        logarithms = weights @ np.log(np.maximum(sentences, MIN_PROBABILITY)) / weights.sum()
        unscaled = np.exp(logarithms - logarithms.max())
        mean: Probabilities = unscaled / unscaled.sum()
        return mean


def label(probabilities: Probabilities) -> Sentiment:
    """The most probable sentiment of one sentence or text."""
    return SENTIMENTS[int(probabilities.argmax())]


def score(probabilities: Probabilities) -> float:
    """P(positive) - P(negative), in [-1, 1]."""
    return round(float(probabilities[2] - probabilities[0]), 6)


def by_name(probabilities: Probabilities) -> dict[Sentiment, float]:
    """Rounded, under their names, as the interface shows them."""
    return {name: round(float(value), 6) for name, value in zip(SENTIMENTS, probabilities, strict=True)}
