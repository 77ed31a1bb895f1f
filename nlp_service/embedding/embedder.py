"""From texts to vectors: cache lookup → single flight → batcher → encoder."""

import asyncio
import hashlib
from collections.abc import Sequence

import numpy as np

from nlp_service.contracts import Encoder, EncoderInfo, VectorCache, Vectors
from nlp_service.embedding.batching.batcher import Batcher
from nlp_service.embedding.single_flight import SingleFlight
from nlp_service.telemetry import Telemetry
from nlp_service.text import PREPARATION_VERSION, prepare


class Embedder:
    """Encodes each new text once for all who ask.

    A vector is known by (encoder digest, precision, preparation version, prepared text); texts that differ only in what
    preparation removes, such as the script, share one. Precision is part of it so that services on a CPU and on a GPU
    may share a Redis.
    """

    def __init__(self, encoder: Encoder, batcher: Batcher, cache: VectorCache, telemetry: Telemetry) -> None:
        self._encoder = encoder
        self._flights = SingleFlight(encoder, batcher)
        self._cache = cache
        self._telemetry = telemetry
        self._identity = f"{encoder.info.digest}:{encoder.info.precision}:{PREPARATION_VERSION}:".encode()

    @property
    def info(self) -> EncoderInfo:
        return self._encoder.info

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts as sent, shape (texts, dimension), in order; zeros where nothing is left to encode.

        Raises:
            OverloadedError, NotReadyError, EncodingError: as `Batcher.submit`.
        """
        with self._telemetry.stage("prepare"):
            prepared = await asyncio.to_thread(lambda: {text: prepare(text) for text in set(texts)})
        keys = {text: self._key(text) for text in set(prepared.values()) if text}
        with self._telemetry.stage("cache"):
            cached = await self._cache.get_many(list(keys.values()))
        known = {key: vector for key, vector in zip(keys.values(), cached, strict=True) if vector is not None}
        with self._telemetry.stage("encode"):
            new = await self._flights.encode({key: text for text, key in keys.items() if key not in known})
        await self._cache.set_many(new)
        known |= new
        vectors = np.zeros((len(texts), self.info.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            if prepared[text]:
                vectors[row] = known[keys[prepared[text]]]
        return vectors

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens that the encoder reads of each text, special tokens included."""
        sequences = await asyncio.to_thread(lambda: self._encoder.tokenize([prepare(text) for text in texts]))
        return [len(sequence) for sequence in sequences]

    def _key(self, prepared: str) -> str:
        return "nlp-service:" + hashlib.blake2b(self._identity + prepared.encode(), digest_size=20).hexdigest()
