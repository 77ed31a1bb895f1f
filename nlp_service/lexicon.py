"""The linear model over n-grams that stands beside a head: it reads the words that the vector has blurred."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import Ngrams
from nlp_service.errors import ArtifactError
from nlp_service.text import BUCKETS, NGRAMS_VERSION, Bags

LEXICON = "lexicon.safetensors"
TEXTS_AT_ONCE = 256
"""So that the weights gathered for them stay small, whatever the number of labels."""


@dataclass(frozen=True)
class Lexicon:
    """What each n-gram says for each label; n-grams that training hasn't met say nothing.

    Attributes:
        buckets: of the known n-grams, ascending, shape (n-grams,), int64.
        weights: shape (n-grams, labels), float32.
        biases: shape (labels,), float32.
    """

    buckets: NDArray[np.int64]
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]

    @classmethod
    def from_artifact(cls, artifact: Artifact, *, labels: int, file: str = LEXICON) -> "Lexicon":
        """Read a lexicon.

        Raises:
            ArtifactError: if it was trained on other n-grams than `text.ngrams` makes, or its shapes don't fit.
        """
        if artifact.config.get("ngrams") != NGRAMS_VERSION:
            raise ArtifactError(f"{artifact.folder}: trained on n-grams of another version: train it again")
        tensors = artifact.tensors(file)
        if set(tensors) != {"buckets", "weights", "biases"}:
            raise ArtifactError(f"{artifact.folder}: {file} needs buckets, weights and biases")
        buckets = tensors["buckets"].astype(np.int64)
        weights, biases = tensors["weights"].astype(np.float32), tensors["biases"].astype(np.float32)
        if (
            weights.shape != (len(buckets), labels)
            or biases.shape != (labels,)
            or not len(buckets)
            or (np.diff(buckets) <= 0).any()
        ):
            raise ArtifactError(f"{artifact.folder}: the shapes in {file} don't fit {labels} labels")
        return cls(buckets, weights, biases)

    def save(self, folder: Path, file: str = LEXICON) -> None:
        """Write the tensors into `folder`, weights as float16."""
        from safetensors.numpy import save

        tensors: dict[str, NDArray[Any]] = {
            "buckets": self.buckets.astype(np.uint32),
            "weights": self.weights.astype(np.float16),
            "biases": self.biases,
        }
        (folder / file).write_bytes(save(tensors))

    def logits(self, texts: Sequence[Ngrams]) -> NDArray[np.float32]:
        """Shape (texts, labels): the mean weight of each text's n-grams times the root of their number.

        A row doesn't depend on the others.

        Args:
            texts: n-grams of each, as `text.ngrams` gives them.
        """
        bags = Bags.of(texts)
        logits = np.zeros((len(bags), len(self.biases)), dtype=np.float32)
        for at in range(0, len(bags), TEXTS_AT_ONCE):
            self._speak(bags.part(at, at + TEXTS_AT_ONCE), logits[at : at + TEXTS_AT_ONCE])
        logits += self.biases
        return logits

    def _speak(self, bags: Bags, logits: NDArray[np.float32]) -> None:
        """Set what each text's n-grams say, shape (texts, labels)."""
        rows = self._row_of.take(bags.buckets)
        known = np.flatnonzero(rows < len(self.weights))
        ends = known.searchsorted(bags.ends)
        starts = np.zeros_like(ends)
        starts[1:] = ends[:-1]
        speaks = np.flatnonzero(ends > starts)
        if len(speaks):
            weights = self.weights.take(rows.take(known), axis=0)
            roots = np.sqrt(bags.sizes[speaks]).astype(np.float32)
            logits[speaks] = np.add.reduceat(weights, starts[speaks], axis=0) / roots[:, None]

    @cached_property
    def _row_of(self) -> NDArray[np.int32]:
        """Of each possible bucket; 4 MB, and many times faster than a search."""
        rows = np.full(BUCKETS, len(self.buckets), dtype=np.int32)
        rows[self.buckets] = np.arange(len(self.buckets), dtype=np.int32)
        return rows
