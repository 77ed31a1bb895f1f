"""The encoder on ONNX Runtime."""

import ctypes
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from nlp_service.artifact import Artifact
from nlp_service.contracts import EncoderInfo, Vectors
from nlp_service.errors import ConfigurationError

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxEncoder:
    """Runs an artefact of kind `encoder` (model, tokenizer) on ONNX Runtime.

    Raises:
        ConfigurationError: if `device` is asked for and this ONNX Runtime can't use it.
    """

    def __init__(self, artifact: Artifact, *, threads: int, device: str = "cpu") -> None:
        self._session = _session(artifact, threads, device)
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
            precision="float32",
            device=device,
        )

    @property
    def info(self) -> EncoderInfo:
        return self._info

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast([self._prefix + text for text in texts])
        return [encoding.ids for encoding in encodings]

    def encode(self, sequences: Sequence[Sequence[int]]) -> Vectors:
        lengths = np.array([len(sequence) for sequence in sequences])
        mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int32)
        ids = np.full(mask.shape, self._pad, dtype=np.int32)
        ids[mask.astype(bool)] = np.concatenate([np.asarray(sequence) for sequence in sequences])
        (vectors,) = self._session.run(["embeddings"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, dtype=np.float32)


def _session(artifact: Artifact, threads: int, device: str) -> Any:
    provider = PROVIDERS.get(device)
    if provider not in onnxruntime.get_available_providers():
        known = ", ".join(PROVIDERS)
        raise ConfigurationError(f"device '{device}' is not available in this ONNX Runtime (known devices: {known})")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Weights are stored as 4-bit integers behind DequantizeLinear; without this entry ONNX Runtime keeps those nodes
    # and expands the weights in every run instead of once while loading.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    # Spinning threads would take the second core away from the event loop.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(artifact.path(MODEL)), options, providers=[provider])
    if session.get_providers()[0] != provider:
        raise ConfigurationError(f"ONNX Runtime fell back from {provider}; it would silently run on the CPU")
    _release_freed_memory()
    return session


def _release_freed_memory() -> None:
    """Hand what was freed back to the system: expanding the weights leaves some 140 MB that glibc would keep."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl doesn't
        if trim is not None:
            trim(0)
