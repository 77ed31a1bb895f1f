"""Encoders without weights: tests of everything around them need no model, and they measure pure server overhead."""

import hashlib
from collections.abc import Sequence

import numpy as np

from nlp_service.artifact import Artifact
from nlp_service.contracts import EncoderInfo, Vector, Vectors
from nlp_service.embedding.encoder.artifact_encoder import ArtifactEncoder, Integers


class FakeEncoder:
    """Vectors made from a hash of the tokens: deterministic, unit length, meaningless."""

    def __init__(self, dimension: int = 384, max_tokens: int = 512) -> None:
        self._info = EncoderInfo(
            name="fake",
            version="0",
            digest=hashlib.sha256(f"fake:{dimension}:{max_tokens}".encode()).hexdigest(),
            dimension=dimension,
            max_tokens=max_tokens,
            precision="float32",
            device="cpu",
            engine="fake",
        )

    @property
    def info(self) -> EncoderInfo:
        return self._info

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """One token per code point, between a begin and an end."""
        return [[0, *map(ord, text[: self._info.max_tokens - 2]), 2] for text in texts]

    def encode(self, sequences: Sequence[Sequence[int]]) -> Vectors:
        return np.stack([_vector(sequence, self._info.dimension) for sequence in sequences])


class FakeArtifactEncoder(ArtifactEncoder):
    """An artefact with its own tokenizer but without its network: the whole service runs on it, at no encoder's cost.

    Its precision sets its vectors apart in a cache that others use too.
    """

    def __init__(self, artifact: Artifact) -> None:
        super().__init__(artifact, engine="fake", device="cpu", precision="fake")

    def _place(self, ids: Integers, mask: Integers) -> tuple[Integers, Integers]:
        return ids, mask

    def _run(self, batch: tuple[Integers, Integers]) -> Vectors:
        rows = zip(*batch, strict=True)
        return np.stack([_vector(ids[mask.astype(bool)], self.info.dimension) for ids, mask in rows])


def _vector(sequence: Sequence[int] | Integers, dimension: int) -> Vector:
    digest = hashlib.sha256(np.asarray(sequence, dtype="<i8").tobytes()).digest()
    vector = np.random.default_rng(int.from_bytes(digest[:8], "little")).standard_normal(dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
