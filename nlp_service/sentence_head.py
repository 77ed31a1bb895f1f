"""How sentences are labelled: a head on the vector and a lexicon on the words, added up.

The vector knows what a sentence means in general and blurs single words; the lexicon knows which words and phrases
go with which label and nothing of those it hasn't met. Their log-probabilities are added (a product of experts: Hinton,
Neural Computation 2002). Either's weight, and the temperature, are part of what training wrote into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import Ngrams, Vectors
from nlp_service.errors import ArtifactError
from nlp_service.heads import HEAD, Head, softmax
from nlp_service.lexicon import LEXICON, Lexicon

MIN_PROBABILITY = 1e-9
WEIGHT_OF_THE_WHOLE = 0.35


@dataclass(frozen=True)
class SentenceHead:
    """A head and the lexicon beside it, of the same labels in the same order."""

    head: Head
    lexicon: Lexicon

    @classmethod
    def from_artifact(
        cls,
        artifact: Artifact,
        *,
        encoder_digest: str,
        labels: Sequence[str],
        files: tuple[str, str] = (HEAD, LEXICON),
    ) -> "SentenceHead":
        """Read both.

        Args:
            files: names of the head's and the lexicon's.

        Raises:
            ArtifactError: if one of them isn't as expected, or the labels aren't these in this order.
        """
        head = Head.from_artifact(artifact, encoder_digest=encoder_digest, labels=labels, file=files[0])
        if head.labels != tuple(labels):
            raise ArtifactError(f"{artifact.folder}: the labels must be in the order {', '.join(labels)}")
        return cls(head, Lexicon.from_artifact(artifact, labels=len(labels), file=files[1]))

    def save(self, folder: Path, files: tuple[str, str] = (HEAD, LEXICON)) -> None:
        """Write the tensors of both into `folder`."""
        self.head.save(folder, files[0])
        self.lexicon.save(folder, files[1])

    def probabilities(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> NDArray[np.float64]:
        """Shape (sentences, labels); rows add up to 1.

        Args:
            vectors: shape (sentences, dimension).
            ngrams: of the same sentences, prepared (`text.ngrams`).
        """
        return softmax(self.logits(vectors, ngrams))

    def logits(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> NDArray[np.float64]:
        """The same before the softmax."""
        logits: NDArray[np.float64] = self.head.logits(vectors) + self.lexicon.logits(ngrams)
        return logits

    def part_probabilities(
        self, vectors: Vectors, ngrams: Sequence[Ngrams], only: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Of parts of sentences, shape (parts, labels): their own n-grams, and a third of what the vector says.

        Nearly as good as encoding the parts, for nothing (`evaluation.aspects`).

        Args:
            vectors: of the sentence that each part is of, shape (parts, dimension).
            only: whether no other part of the sentence is looked at, shape (parts,): then all that its vector says is
                said of this one.
        """
        weights = np.where(only, 1.0, WEIGHT_OF_THE_WHOLE)
        return softmax(weights[:, None] * self.head.logits(vectors) + self.lexicon.logits(ngrams))


def pooled(sentences: NDArray[np.float64], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Probabilities of a text from those of its sentences, shape (labels,).

    Their geometric mean, weighted by the root of `lengths`, as in training: a clear sentence moves it more than it
    would an arithmetic mean.

    Args:
        sentences: shape (sentences, labels), at least one.
        lengths: characters of each sentence.
    """
    weights = np.sqrt(lengths)
    logarithms = weights @ np.log(np.maximum(sentences, MIN_PROBABILITY)) / weights.sum()
    probabilities: NDArray[np.float64] = softmax(logarithms[None])[0]
    return probabilities
