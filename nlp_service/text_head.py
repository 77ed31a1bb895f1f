"""How a text of several sentences is labelled: by what its sentences say one by one, and by the text read as a whole.

Three stars are no sentence's feeling but the mixture's, and "总之不会再来" outweighs a page of praise. So a head and a
lexicon of their own read the whole text, and their logits are added to the pooled ones of its sentences; how much each
of them counts was fitted on held-out texts (stacking: Wolpert, Neural Networks 1992).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import Ngrams, Vectors
from nlp_service.errors import ArtifactError
from nlp_service.heads import softmax
from nlp_service.sentence_head import MIN_PROBABILITY, SentenceHead

TEXT_FILES: Final = ("text_head.safetensors", "text_lexicon.safetensors")
SENTENCES_SHARE: Final = "sentences_share"
READ_WHOLE: Final = 600
"""Characters of a text's beginning that are read as a whole, about what the encoder takes in at once; its sentences are
read to the end."""


def beginning(text: str) -> str:
    """What of a text is read as a whole."""
    return text.lstrip()[:READ_WHOLE]


@dataclass(frozen=True)
class TextHead:
    """What labels a text.

    Attributes:
        whole: head and lexicon for the text in one piece; their weights in the sum are folded into them.
        sentences_share: weight of the sentences' pooled log-probabilities in the sum, at least 0.
    """

    whole: SentenceHead
    sentences_share: float

    @classmethod
    def from_artifact(cls, artifact: Artifact, *, encoder_digest: str, labels: Sequence[str]) -> "TextHead":
        """Read one.

        Raises:
            ArtifactError: as `SentenceHead.from_artifact`, or if the share isn't a number of at least 0.
        """
        share = artifact.config.get(SENTENCES_SHARE)
        if not isinstance(share, int | float) or not 0 <= share < float("inf"):
            raise ArtifactError(f"{artifact.folder}: {SENTENCES_SHARE} must be a number of at least 0")
        whole = SentenceHead.from_artifact(artifact, encoder_digest=encoder_digest, labels=labels, files=TEXT_FILES)
        return cls(whole, float(share))

    def save(self, folder: Path) -> None:
        """Write the tensors into `folder`, as `TEXT_FILES`."""
        self.whole.save(folder, TEXT_FILES)

    def probabilities(
        self, pooled: NDArray[np.float64], vectors: Vectors, ngrams: Sequence[Ngrams]
    ) -> NDArray[np.float64]:
        """Of several texts, shape (texts, labels); rows add up to 1.

        Args:
            pooled: probabilities of each from its sentences (`sentence_head.pooled`), shape (texts, labels).
            vectors: of their `beginning`, shape (texts, dimension); where one is zero, nothing was read and the
                sentences decide.
            ngrams: of the same, prepared.
        """
        sentences = self.sentences_share * np.log(np.maximum(pooled, MIN_PROBABILITY))
        was_read = np.linalg.norm(vectors, axis=1)[:, None] > 0
        return np.where(was_read, softmax(sentences + self.whole.logits(vectors, ngrams)), pooled)
