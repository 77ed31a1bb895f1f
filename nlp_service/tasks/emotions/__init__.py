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


def emotion(probabilities: NDArray[np.float64], sentiment: Sentiment) -> Emotion | None:
    """The most probable emotion of one sentence or text, shape (8,); None where that is none, or what it feels is said
    to be the opposite: one of the two is wrong then."""
    best = int(probabilities.argmax())
    if not best or EMOTIONS[best - 1] in _OPPOSITE.get(sentiment, ()):
        return None
    return EMOTIONS[best - 1]
