"""The encoder on ONNX Runtime."""

import ctypes
import io
import json
import shutil
import sys
import tempfile
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from nlp_service.artifact import Artifact
from nlp_service.contracts import Vectors
from nlp_service.embedding.encoder.artifact_encoder import MODEL, TOKENIZER, ArtifactEncoder, Integers
from nlp_service.errors import ConfigurationError

__all__ = ["MODEL", "TOKENIZER", "OnnxEncoder"]

ENGINE = "onnxruntime"
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
# TF32 would round what is multiplied to 10 bits, and the precision announced is float32.
PROVIDER_OPTIONS = {"cpu": {}, "cuda": {"use_tf32": "0"}}
REPAIR = "pip uninstall -y onnxruntime && pip install --force-reinstall --no-deps 'onnxruntime-gpu<2'"
HEAVY = {"MultiHeadAttention", "MatMul"}
"""The operators that take nearly all of the time; bookkeeping may stay on the CPU."""


class OnnxEncoder(ArtifactEncoder):
    """Runs an artefact of kind `encoder` on ONNX Runtime; all arithmetic is float32.

    Raises:
        ConfigurationError: if `device` is asked for and this ONNX Runtime can't use it, or doesn't.
    """

    def __init__(self, artifact: Artifact, *, threads: int, device: str = "cpu") -> None:
        self._device = device
        self._session = _session(artifact.path(MODEL), threads, device)
        super().__init__(artifact, engine=ENGINE, device=device, precision="float32")
        if device != "cpu":
            self._prove_use(PROVIDERS[device])

    def _place(self, ids: Integers, mask: Integers) -> dict[str, Any]:
        batch = {"input_ids": ids, "attention_mask": mask}
        place = onnxruntime.OrtValue.ortvalue_from_numpy
        return {name: place(array, self._device) for name, array in batch.items()}

    def _run(self, batch: dict[str, Any]) -> Vectors:
        (vectors,) = self._session.run_with_ort_values(["embeddings"], batch)
        return np.asarray(vectors.numpy(), dtype=np.float32)

    def _prove_use(self, provider: str) -> None:
        """Run one batch and look where: a session may have a provider and give it nothing to do."""
        self.encode(self.tokenize(["一"]))
        used = heavy_work_of(Path(self._session.end_profiling()))
        if used != {provider}:
            found = ", ".join(sorted(used)) or "nothing that could be seen"
            raise ConfigurationError(f"device '{self._device}' was asked for, but ONNX Runtime worked on {found}")


def heavy_work_of(profile: Path) -> set[str]:
    """The providers that ran matrix products and attention, from a session's profile; its folder is removed."""
    events = json.loads(profile.read_text(encoding="utf-8"))
    shutil.rmtree(profile.parent)
    nodes = [event.get("args", {}) for event in events]
    return {node["provider"] for node in nodes if node.get("op_name") in HEAVY and "provider" in node}


def _session(model: Path, threads: int, device: str) -> Any:
    said = _require(device)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Weights are stored as 4-bit or 8-bit integers behind DequantizeLinear; without this entry ONNX Runtime keeps those
    # nodes and expands the weights in every run instead of once while loading.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    # Spinning threads would take the second core away from the event loop.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if device != "cpu":  # of the first batch only, see `_prove_use`
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(tempfile.mkdtemp()) / "profile")
    provider = PROVIDERS[device]
    session = onnxruntime.InferenceSession(str(model), options, providers=[(provider, PROVIDER_OPTIONS[device])])
    session.disable_fallback()  # or a failure on the GPU would move the session to the CPU for good
    if session.get_providers()[0] != provider:
        hint = f" ({said})" if said else ""
        raise ConfigurationError(
            f"device '{device}' can't be used: ONNX Runtime would run on the CPU instead. "
            f"Is there a GPU with its driver, CUDA and cuDNN: pip install 'nlp-service[gpu]'?{hint}"
        )
    _release_freed_memory()
    return session


def _require(device: str) -> str:
    """Make sure that this ONNX Runtime was built for a device; what it said while loading the device's libraries.

    Raises:
        ConfigurationError: if it wasn't, with the command that changes it.
    """
    if device not in PROVIDERS:
        raise ConfigurationError(f"device '{device}' is unknown: there are {', '.join(PROVIDERS)}")
    # Where one of two packages that share the folder was removed, the module is there, but empty.
    available: list[str] = getattr(onnxruntime, "get_available_providers", list)()
    if PROVIDERS[device] not in available:
        raise ConfigurationError(f"device '{device}' is not available in this ONNX Runtime: {_advice()}")
    if device == "cpu":
        return ""
    with redirect_stdout(io.StringIO()) as said:  # it prints, and stdout is for results
        onnxruntime.preload_dlls()
    return " ".join(said.getvalue().split())


def _advice() -> str:
    """What to install; `onnxruntime` and `onnxruntime-gpu` share a folder, in which the one unpacked last wins."""
    try:
        version("onnxruntime-gpu")
    except PackageNotFoundError:
        return f"pip install 'nlp-service[gpu]' && {REPAIR}"
    return f"onnxruntime-gpu is installed, but onnxruntime has overwritten it: {REPAIR}"


def _release_freed_memory() -> None:
    """Hand what was freed back to the system: expanding the weights leaves some 140 MB that glibc would keep."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl doesn't
        if trim is not None:
            trim(0)
