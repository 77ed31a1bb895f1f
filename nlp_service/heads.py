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
class Layer:
    """An affine layer.

    Attributes:
        weights: shape (outputs, inputs).
        biases: shape (outputs,).
    """

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """Affine layers with ReLU between them and a softmax at the end; with one layer, multinomial logistic regression.

    Standardisation of the input is folded into the first layer, the temperature into the last.

    The last layer may have further outputs than labels: a gate that says which of several experts the vector is for,
    and what each expert adds to the labels' logits (mixture of experts: Jacobs et al., Neural Computation 1991). An
    expert knows one source of texts, where a word may mean more or less than elsewhere.

    Attributes:
        labels: of the last layer's first outputs, or of all without experts.
    """

    labels: tuple[str, ...]
    layers: tuple[Layer, ...]

    @property
    def experts(self) -> int:
        """How many experts there are; 0 for none."""
        return (len(self.layers[-1].biases) - len(self.labels)) // (len(self.labels) + 1)

    @classmethod
    def from_artifact(
        cls, artifact: Artifact, *, encoder_digest: str, labels: Sequence[str] = (), file: str = HEAD
    ) -> "Head":
        """Read a head.

        Args:
            encoder_digest: of the encoder whose vectors it will see; a head is worthless on another one's.
            labels: what the labels must be, in any order; empty accepts any.

        Raises:
            ArtifactError: if the head was trained on another encoder, or its labels or shapes aren't as expected.
        """
        trained_on = str(artifact.config.get("encoder_digest"))
        if trained_on != encoder_digest:
            raise ArtifactError(
                f"{artifact.folder}: trained on encoder {trained_on[:12]}, not on {encoder_digest[:12]}: train it again"
            )
        tensors = artifact.tensors(file)
        head = cls(tuple(artifact.config.get("labels", ())), _layers(tensors))
        if not head.labels:
            raise ArtifactError(f"{artifact.folder}: the manifest names no labels for {file}")
        if not head.layers or any(layer.biases.shape != layer.weights.shape[:1] for layer in head.layers):
            raise ArtifactError(f"{artifact.folder}: {file} needs layers of weights and biases that fit")
        if head.layers[-1].weights.shape[0] != outputs(len(head.labels), head.experts):
            raise ArtifactError(f"{artifact.folder}: {len(head.labels)} labels don't fit {file}")
        if labels and set(labels) != set(head.labels):
            raise ArtifactError(f"{artifact.folder}: labels {', '.join(head.labels)}; needed: {', '.join(labels)}")
        return head

    def save(self, folder: Path, file: str = HEAD) -> None:
        """Write the tensors into `folder`."""
        from safetensors.numpy import save

        tensors: dict[str, NDArray[np.float32]] = {}
        for number, layer in enumerate(self.layers):
            tensors |= {f"{number}.weights": layer.weights, f"{number}.biases": layer.biases}
        (folder / file).write_bytes(save(tensors))

    def logits(self, vectors: Vectors) -> NDArray[np.float64]:
        """Shape (vectors, labels), before the softmax.

        A row doesn't depend on the others but for the last bits: a BLAS picks its summation order by their number.
        """
        activations = vectors.T  # a column a vector: with few of them, weights first is up to twice as fast
        for number, layer in enumerate(self.layers):
            activations = np.maximum(activations, 0, out=activations) if number else activations
            activations = layer.weights @ activations
            activations += layer.biases[:, None]
        return mixed(activations.T.astype(np.float64, order="C"), len(self.labels))

    def probabilities(self, vectors: Vectors) -> NDArray[np.float64]:
        """Shape (vectors, labels); rows add up to 1."""
        return softmax(self.logits(vectors))


def outputs(labels: int, experts: int) -> int:
    """Outputs of the last layer: the labels' logits, the experts' gate, and what each expert adds to the logits."""
    return labels + experts * (1 + labels)


def mixed(values: NDArray[np.float64], labels: int) -> NDArray[np.float64]:
    """The logits of shape (rows, labels) from all `outputs`, shape (rows, outputs)."""
    experts = (values.shape[1] - labels) // (labels + 1)
    if not experts:
        return values
    gate = softmax(values[:, labels : labels + experts])
    additions = values[:, labels + experts :].reshape(len(values), experts, labels)
    logits: NDArray[np.float64] = values[:, :labels] + np.einsum("re,rel->rl", gate, additions)
    return logits


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of the same shape, (rows, labels)."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    probabilities: NDArray[np.float64] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities


def _layers(tensors: dict[str, NDArray[np.float32]]) -> tuple[Layer, ...]:
    count = len(tensors) // 2
    if set(tensors) != {f"{number}.{part}" for number in range(count) for part in ("weights", "biases")}:
        return ()
    return tuple(Layer(tensors[f"{number}.weights"], tensors[f"{number}.biases"]) for number in range(count))
