"""What the heads read of a sentence, its vector and its n-grams, and the seams for making and keeping vectors."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts.models import EncoderInfo

Vectors = NDArray[np.float32]
"""Shape (sentences, dimension), float32, rows of unit length (all zeros for a text with no tokens)."""
Vector = NDArray[np.float32]
"""One of its rows, shape (dimension,)."""

Ngrams = NDArray[np.int64]
"""Which n-grams a prepared text has: ascending numbers, shape (n-grams,); see `text.ngrams`."""


class Encoder(Protocol):
    """Turns prepared texts into unit vectors, in two steps so that work can be counted and sorted in tokens.

    Both methods are called from worker threads and must be safe to call from several at once. A text's vector doesn't
    depend on what else is in the batch.
    """

    @property
    def info(self) -> EncoderInfo: ...

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special tokens included, cut at `max_tokens`; never empty."""
        ...

    def encode(self, sequences: Sequence[Sequence[int]]) -> Vectors:
        """Vectors of one batch, shape (sequences, dimension), in order."""
        ...


class VectorCache(Protocol):
    """Remembers vectors by key. A failure of any kind is a miss, never an error; a key never changes its meaning."""

    async def get_many(self, keys: Sequence[str]) -> list[Vector | None]:
        """The vector of each key, in order, or None."""
        ...

    async def set_many(self, vectors: Mapping[str, Vector]) -> None: ...

    async def close(self) -> None: ...
