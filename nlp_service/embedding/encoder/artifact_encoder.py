"""Everything about an encoder artefact but running its model, so that engines can't differ in it."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from nlp_service.artifact import Artifact
from nlp_service.contracts import EncoderInfo, Vectors

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"

Integers = NDArray[np.int32]


class ArtifactEncoder(ABC):
    """An artefact of kind `encoder` (model, tokenizer) on an engine, which is all that a subclass adds."""

    def __init__(self, artifact: Artifact, *, engine: str, device: str, precision: str) -> None:
        # It would divide each call among all cores, which costs half as much again and takes them from the encoder.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._tokenizer = Tokenizer.from_file(str(artifact.path(TOKENIZER)))
        self._tokenizer.enable_truncation(artifact.config["max_tokens"])
        self._prefix = artifact.config["prefix"]
        self._pad = artifact.config["pad_id"]
        self._info = EncoderInfo(
            name=artifact.name,
            version=artifact.version,
            digest=artifact.digest,
            dimension=artifact.config["dimension"],
            max_tokens=artifact.config["max_tokens"],
            precision=precision,
            device=device,
            engine=engine,
        )

    @property
    def info(self) -> EncoderInfo:
        return self._info

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast([self._prefix + text for text in texts])
        return [encoding.ids for encoding in encodings]

    def encode(self, sequences: Sequence[Sequence[int]]) -> Vectors:
        return self._run(self._place(*self._padded(sequences)))

    def bare(self, sequences: Sequence[Sequence[int]]) -> Callable[[], Vectors]:
        """A call of nothing but the model on this batch, padded and placed beforehand: what `encode` is held against.

        It ends when the vectors, shape (sequences, dimension), have come back from the device.
        """
        return partial(self._run, self._place(*self._padded(sequences)))

    def _padded(self, sequences: Sequence[Sequence[int]]) -> tuple[Integers, Integers]:
        """Token ids, and a mask that is 1 for tokens and 0 for padding; each of shape (sequences, longest)."""
        lengths = np.array([len(sequence) for sequence in sequences])
        mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int32)
        ids = np.full(mask.shape, self._pad, dtype=np.int32)
        ids[mask.astype(bool)] = np.concatenate([np.asarray(sequence) for sequence in sequences])
        return ids, mask

    @abstractmethod
    def _place(self, ids: Integers, mask: Integers) -> Any:
        """A padded batch in the engine's own form, where the model runs."""

    @abstractmethod
    def _run(self, batch: Any) -> Vectors:
        """Vectors of a placed batch, shape (sequences, dimension)."""
