"""An encoder without weights: tests of everything around it need no model, and it measures pure server overhead."""

import hashlib
from collections.abc import Sequence

import numpy as np

from nlp_service.contracts import EncoderInfo, Vectors


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
        return np.stack([self._vector(sequence) for sequence in sequences])

    def _vector(self, sequence: Sequence[int]) -> Vectors:
        digest = hashlib.sha256(np.asarray(sequence, dtype="<i8").tobytes()).digest()
        vector = np.random.default_rng(int.from_bytes(digest[:8], "little")).standard_normal(self._info.dimension)
        return (vector / np.linalg.norm(vector)).astype(np.float32)
