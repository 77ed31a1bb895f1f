"""The small classifier that sits on the encoder's vectors; every task that labels sentences reads one of these."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import Vectors
from nlp_service.errors import ArtifactError

HEAD = "head.safetensors"


@dataclass(frozen=True)
class LinearHead:
    """Multinomial logistic regression; standardisation of the input and the temperature are folded into the weights.

    Attributes:
        labels: one per row of `weights`.
        weights: shape (labels, dimension).
        biases: shape (labels,).
    """

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]

    @classmethod
    def from_artifact(cls, artifact: Artifact, *, encoder_digest: str, labels: Sequence[str] = ()) -> "LinearHead":
        """Read a head.

        Args:
            encoder_digest: of the encoder whose vectors it will see; a head is worthless on another one's.
            labels: what the labels must be, in any order; empty accepts any.

        Raises:
            ArtifactError: if the head was trained on another encoder, or its labels or shapes aren't as expected.
        """
        trained_on = artifact.config["encoder_digest"]
        if trained_on != encoder_digest:
            raise ArtifactError(
                f"{artifact.folder}: trained on encoder {trained_on[:12]}, not on {encoder_digest[:12]}: train it again"
            )
        tensors = artifact.tensors(HEAD)
        head = cls(tuple(artifact.config["labels"]), tensors["weights"], tensors["biases"])
        if head.weights.shape[0] != len(head.labels) or head.biases.shape != (len(head.labels),):
            raise ArtifactError(f"{artifact.folder}: {len(head.labels)} labels, but weights {head.weights.shape}")
        if labels and set(labels) != set(head.labels):
            raise ArtifactError(f"{artifact.folder}: labels {', '.join(head.labels)}; needed: {', '.join(labels)}")
        return head

    def save(self, folder: Path) -> None:
        """Write the tensors into `folder` as `HEAD`."""
        from safetensors.numpy import save

        (folder / HEAD).write_bytes(save({"weights": self.weights, "biases": self.biases}))

    def probabilities(self, vectors: Vectors) -> NDArray[np.float64]:
        """Shape (vectors, labels); rows add up to 1. A row doesn't depend on the others."""
        # In float64, because a BLAS picks its summation order by the number of rows.
        logits = vectors.astype(np.float64) @ self.weights.T.astype(np.float64) + self.biases
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        probabilities: NDArray[np.float64] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return probabilities
