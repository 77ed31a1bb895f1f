"""Vectors that half the space holds without loss."""

from collections.abc import Sequence

import numpy as np

from nlp_service.contracts import Encoder, EncoderInfo, Vectors


class HalfPrecision:
    """An encoder whose vectors are rounded to float16 before anybody sees them, and stay float32 arrays.

    So a cache may keep them in half the space, and a cached vector is the fresh one bit for bit. Rounded by the cache
    alone, probabilities differed by up to 2.7e-4 between a fresh and a cached text.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @property
    def info(self) -> EncoderInfo:
        return self._encoder.info

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        return self._encoder.tokenize(texts)

    def encode(self, sequences: Sequence[Sequence[int]]) -> Vectors:
        rounded: Vectors = self._encoder.encode(sequences).astype(np.float16).astype(np.float32)
        return rounded
