"""From sentence vectors to probabilities of contact reasons."""

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import Vectors
from nlp_service.errors import ArtifactError
from nlp_service.heads import Head
from nlp_service.tasks.reasons.tree import Tree
from nlp_service.taxonomy import Taxonomy

OUT_OF_SCOPE = "out_of_scope"
"""The head's label for text that belongs to no code."""


class ReasonClassifier:
    """Reads an artefact of kind `reasons` against a taxonomy.

    Raises:
        ArtifactError: if the head knows a code that the taxonomy doesn't have.
    """

    def __init__(self, artifact: Artifact, taxonomy: Taxonomy, *, encoder_digest: str) -> None:
        self._head = Head.from_artifact(artifact, encoder_digest=encoder_digest)
        unknown = [code for code in self._head.labels if code != OUT_OF_SCOPE and code not in taxonomy]
        if unknown:
            raise ArtifactError(f"{artifact.folder}: the taxonomy '{taxonomy.id}' lacks {', '.join(unknown[:5])}")
        self._columns = [column for column, label in enumerate(self._head.labels) if label != OUT_OF_SCOPE]
        codes = [self._head.labels[column] for column in self._columns]
        self.tree = Tree(taxonomy, codes, artifact.config["thresholds"])

    def classify(self, vectors: Vectors) -> NDArray[np.float64]:
        """Probability of each code for each sentence, shape (sentences, codes); the rest to 1 is out of scope."""
        probabilities: NDArray[np.float64] = self._head.probabilities(vectors)[:, self._columns]
        return probabilities
