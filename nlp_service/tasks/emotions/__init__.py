"""The emotion of a sentence, where it is clear: anger, worry, disappointment, sadness, gratitude, joy, surprise."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import EMOTIONS, Emotion, Ngrams, Sentiment, Vectors
from nlp_service.sentence_head import SentenceHead
from nlp_service.text_head import TextHead

NONE = "none"
LABELS: tuple[str, ...] = (NONE, *EMOTIONS)
_OPPOSITE: dict[Sentiment, frozenset[Emotion]] = {
    "positive": frozenset(("anger", "worry", "disappointment", "sadness")),
    "negative": frozenset(("gratitude", "joy")),
}


class EmotionClassifier:
    """Reads an artefact of kind `emotions`."""

    def __init__(self, artifact: Artifact, *, encoder_digest: str) -> None:
        self._head = SentenceHead.from_artifact(artifact, encoder_digest=encoder_digest, labels=LABELS)
        self._text_head = TextHead.from_artifact(artifact, encoder_digest=encoder_digest, labels=LABELS)

    def classify(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> NDArray[np.float64]:
        """Probabilities of each sentence, shape (sentences, 8), in the order of `LABELS`."""
        return self._head.probabilities(vectors, ngrams)

    def of_texts(self, pooled: NDArray[np.float64], vectors: Vectors, ngrams: Sequence[Ngrams]) -> NDArray[np.float64]:
        """Probabilities of texts of several sentences, shape (texts, 8); arguments as `TextHead.probabilities`."""
        return self._text_head.probabilities(pooled, vectors, ngrams)


def emotion(probabilities: NDArray[np.float64]) -> Emotion | None:
    """The most probable emotion of one sentence or text, shape (8,); None where that is none."""
    best = int(probabilities.argmax())
    return EMOTIONS[best - 1] if best else None


def emotion_beside(sentiment: Sentiment, probabilities: NDArray[np.float64]) -> Emotion | None:
    """The same for a sentence of a conversation, and None where its sentiment is the opposite: one of both is wrong."""
    found = emotion(probabilities)
    return None if found in _OPPOSITE.get(sentiment, ()) else found
