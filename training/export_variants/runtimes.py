"""Open a file in one of the runtimes. Workers import this, so nothing heavy is imported before it is needed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.signedinteger[Any]]
Encode = Callable[[Integers, Integers], NDArray[np.float32]]
"""From ids and mask, shape (batch, length), to vectors, shape (batch, hidden)."""


@dataclass(frozen=True)
class Opened:
    """A model that is ready.

    Attributes:
        integers: the type of its inputs.
        load_s: seconds from file to ready, without importing the runtime.
    """

    encode: Encode
    integers: type[np.signedinteger[Any]]
    load_s: float


def onnxruntime(path: Path, threads: int, *, expand: bool) -> Opened:
    """With the options that serve (see `nlp_service.embedding.encoder.onnx`).

    Args:
        expand: whether DequantizeLinear is carried out while loading, or left for integer arithmetic.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.disable_quant_qdq", "1" if expand else "0")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    start = perf_counter()
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    load_s = perf_counter() - start

    def encode(ids: Integers, mask: Integers) -> NDArray[np.float32]:
        (vectors,) = session.run(["embeddings"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors)

    return Opened(encode, np.int64 if session.get_inputs()[0].type == "tensor(int64)" else np.int32, load_s)


def openvino(path: Path, threads: int, **_: Any) -> Opened:
    """With float32 arithmetic asked for, and one stream, as batches come one after the other."""
    import openvino
    from openvino import properties

    options = {
        properties.hint.inference_precision: openvino.Type.f32,
        properties.hint.performance_mode: properties.hint.PerformanceMode.LATENCY,
        properties.inference_num_threads: threads,
        properties.num_streams: 1,
    }
    start = perf_counter()
    compiled = openvino.Core().compile_model(str(path), "CPU", options)
    load_s = perf_counter() - start

    def encode(ids: Integers, mask: Integers) -> NDArray[np.float32]:
        return np.array(compiled({"input_ids": ids, "attention_mask": mask})[0])

    return Opened(encode, np.int64, load_s)


def pytorch(path: Path, threads: int, **_: Any) -> Opened:
    """Eager, as sentence-transformers runs a model inside."""
    import torch

    from training.export_variants.pooled import Pooled, read

    torch.set_num_threads(threads)
    start = perf_counter()
    model = Pooled(read(path))
    load_s = perf_counter() - start

    def encode(ids: Integers, mask: Integers) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.array(model(torch.from_numpy(ids), torch.from_numpy(mask)))

    return Opened(encode, np.int64, load_s)


RUNTIMES: dict[str, Callable[..., Opened]] = {"onnxruntime": onnxruntime, "openvino": openvino, "pytorch": pytorch}
