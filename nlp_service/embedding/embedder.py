"""From texts to vectors: cache lookup → single flight → batcher → encoder."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from nlp_service.contracts import Encoder, EncoderInfo, Vector, VectorCache, Vectors
from nlp_service.embedding.batching.batcher import Batcher
from nlp_service.embedding.single_flight import SingleFlight
from nlp_service.errors import TextTooLongError
from nlp_service.telemetry import Telemetry
from nlp_service.text import PREPARATION_VERSION, prepare

T = TypeVar("T")
INLINE_CHARACTERS = 600
"""Up to here, preparing or tokenising takes well under a millisecond: not worth a hop to another thread and back."""
BYTES_A_TOKEN = 5
"""Of UTF-8, in documents: nine of ten chats have fewer for each token that is encoded for them."""


class Embedder:
    """Encodes each new text once for all who ask.

    A vector is known by (encoder digest, precision, rounding, preparation version, prepared text); texts that differ
    only in what preparation removes, such as the script, share one. Precision is part of it so that services on a CPU
    and on a GPU may share a Redis; the rounding is that of `HalfPrecision`.
    """

    def __init__(self, encoder: Encoder, batcher: Batcher, cache: VectorCache, telemetry: Telemetry) -> None:
        self._encoder = encoder
        self._batcher = batcher
        self._flights = SingleFlight(batcher, telemetry)
        self._cache = cache
        self._telemetry = telemetry
        self._identity = f"{encoder.info.digest}:{encoder.info.precision}:half:{PREPARATION_VERSION}:".encode()

    @property
    def info(self) -> EncoderInfo:
        return self._encoder.info

    def expect(self, texts: Iterable[str]) -> None:
        """Refuse documents of these texts that would find no place, before they are split and tokenised.

        Raises:
            OverloadedError, NotReadyError: as `Batcher.submit`.
        """
        self._batcher.expect(sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) // BYTES_A_TOKEN)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts as sent, shape (texts, dimension), in order; zeros where nothing is left to encode.

        Raises:
            OverloadedError, TooMuchWorkError, NotReadyError, EncodingError: as `Batcher.submit`.
        """
        prepared = await self._prepared(texts)
        return self._in_order(prepared, await self._vectors(set(prepared), {}))

    async def embed_whole(self, texts: Sequence[str]) -> tuple[Vectors, list[int]]:
        """As `embed`, and how many tokens the encoder reads of each text, special tokens included.

        Raises:
            TextTooLongError: if a text isn't read to its end; and as `embed`.
        """
        prepared = await self._prepared(texts)
        distinct = list(dict.fromkeys(prepared))
        with self._telemetry.stage("prepare"):
            tokens = dict(zip(distinct, await self._tokenised(distinct), strict=True))
        counts = [len(tokens[text]) for text in prepared]
        for position, count in enumerate(counts):
            if count >= self.info.max_tokens:
                raise TextTooLongError(position, self.info.max_tokens)
        return self._in_order(prepared, await self._vectors(distinct, tokens)), counts

    async def _prepared(self, texts: Sequence[str]) -> list[str]:
        with self._telemetry.stage("prepare"):
            distinct = set(texts)
            prepared = await _off_the_loop(lambda: {text: prepare(text) for text in distinct}, distinct)
            return [prepared[text] for text in texts]

    async def _vectors(self, prepared: Iterable[str], tokens: dict[str, Sequence[int]]) -> dict[str, Vector]:
        """The vector of each prepared text that isn't empty; `tokens` holds those that are known already."""
        keys = {text: self._key(text) for text in prepared if text}
        with self._telemetry.stage("cache"):
            cached = await self._cache.get_many(list(keys.values()))
        vectors = {text: vector for text, vector in zip(keys, cached, strict=True) if vector is not None}
        missing = [text for text in keys if text not in vectors]
        if not missing:
            return vectors
        with self._telemetry.stage("prepare"):
            unknown = [text for text in missing if text not in tokens]
            tokens = {**tokens, **dict(zip(unknown, await self._tokenised(unknown), strict=True))}
        new = await self._encoded({keys[text]: tokens[text] for text in missing})
        return {**vectors, **{text: new[keys[text]] for text in missing}}

    async def _encoded(self, sequences: dict[str, Sequence[int]]) -> dict[str, Vector]:
        """The vector of each sequence. If time is up before, what has landed is cached: a retry goes on there."""
        landed: dict[str, Vector] = {}
        try:
            await self._flights.encode(sequences, landed)
        finally:
            await self._cache.set_many(landed)
        return landed

    async def _tokenised(self, prepared: Sequence[str]) -> list[Sequence[int]]:
        return await _off_the_loop(lambda: list(self._encoder.tokenize(prepared)), prepared)

    def _in_order(self, prepared: Sequence[str], vectors: dict[str, Vector]) -> Vectors:
        ordered = np.zeros((len(prepared), self.info.dimension), dtype=np.float32)
        for row, text in enumerate(prepared):
            if text:
                ordered[row] = vectors[text]
        return ordered

    def _key(self, prepared: str) -> str:
        return "nlp-service:" + hashlib.blake2b(self._identity + prepared.encode(), digest_size=20).hexdigest()


async def _off_the_loop(work: Callable[[], T], texts: Iterable[str]) -> T:
    """Work on these texts, in another thread unless there is next to nothing to do."""
    if sum(map(len, texts)) <= INLINE_CHARACTERS:
        return work()
    return await asyncio.to_thread(work)
