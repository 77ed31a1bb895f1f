"""What a sentence is for: enquiry, request, complaint, suggestion, statement or courtesy."""

from collections.abc import Sequence

from nlp_service.artifact import Artifact
from nlp_service.contracts import KINDS, Kind, Ngrams, Vectors
from nlp_service.sentence_head import SentenceHead


class KindClassifier:
    """Reads an artefact of kind `kinds`."""

    def __init__(self, artifact: Artifact, *, encoder_digest: str) -> None:
        self._head = SentenceHead.from_artifact(artifact, encoder_digest=encoder_digest, labels=KINDS)

    def classify(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> list[Kind]:
        """The kind of each sentence, from its vector and its n-grams."""
        return [KINDS[column] for column in self._head.probabilities(vectors, ngrams).argmax(axis=1)]
