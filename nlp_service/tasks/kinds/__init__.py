"""What a sentence is for: enquiry, request, complaint, suggestion, statement or courtesy."""

from nlp_service.artifact import Artifact
from nlp_service.contracts import KINDS, Kind, Vectors
from nlp_service.heads import Head


class KindClassifier:
    """Reads an artefact of kind `kinds`."""

    def __init__(self, artifact: Artifact, *, encoder_digest: str) -> None:
        self._head = Head.from_artifact(artifact, encoder_digest=encoder_digest, labels=KINDS)
        self._kinds: dict[str, Kind] = {kind: kind for kind in KINDS}

    def classify(self, vectors: Vectors) -> list[Kind]:
        """The kind of each sentence; vectors of shape (sentences, dimension)."""
        best = self._head.probabilities(vectors).argmax(axis=1)
        return [self._kinds[self._head.labels[column]] for column in best]
