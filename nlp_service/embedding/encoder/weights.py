"""An encoder's weights and shape, read from its model.onnx for an engine that doesn't run ONNX.

Names are those that `training.onnx_graph` gives. A matrix lies in the file as it is, or as `<name>.int4` or
`<name>.int8` beside `<name>.scale`, one scale for each block of a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.embedding.encoder.artifact_encoder import MODEL
from nlp_service.errors import ArtifactError, ConfigurationError

try:
    import onnx
    from onnx import numpy_helper
except ImportError:
    raise ConfigurationError("engine 'torch' needs onnx: pip install 'nlp-service[gpu-torch]'") from None

EMBEDDING = ("words", "positions_and_type", "embeddings.norm.weight", "embeddings.norm.bias")
LAYER = (
    "qkv",
    "qkv.bias",
    "attention.output.dense",
    "attention.output.dense.bias",
    "attention.output.LayerNorm.weight",
    "attention.output.LayerNorm.bias",
    "intermediate.dense",
    "intermediate.dense.bias",
    "output.dense",
    "output.dense.bias",
    "output.LayerNorm.weight",
    "output.LayerNorm.bias",
)
ATTENTION = ("MultiHeadAttention", "Attention")
"""The second is that of artefacts built before version 3.1 of the encoder."""
PACKED = (".int4", ".int8")
SCALE = ".scale"

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """A BERT encoder with learned positions.

    Attributes:
        tensors: those of `EMBEDDING` under their names, those of `LAYER` with `encoder.layer.<number>.` before them;
            matrices are of shape (out, in), the vector of the only token type is in the positions.
    """

    layers: int
    heads: int
    epsilon: float
    tensors: Mapping[str, Array]


def read(artifact: Artifact) -> Weights:
    """Read an encoder artefact.

    Raises:
        ArtifactError: if its model isn't the graph that `training.onnx_graph` builds.
    """
    path = artifact.path(MODEL)
    graph = onnx.load(path, load_external_data=False).graph
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in graph.initializer):
        raise ArtifactError(f"{path}: has weights in another file, where no digest covers them")
    layers = sum(node.op_type in ATTENTION for node in graph.node)
    tensors = _expanded({tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}, path)
    expected = {*EMBEDDING, *(f"encoder.layer.{layer}.{part}" for layer in range(layers) for part in LAYER)}
    if not layers or tensors.keys() != expected:
        strange = ", ".join(sorted(tensors.keys() ^ expected)[:3])
        raise ArtifactError(f"{path}: not the network that engine 'torch' knows; missing or unknown: {strange}")
    return Weights(
        layers,
        heads=int(_attribute(graph, ATTENTION, "num_heads")),
        epsilon=float(_attribute(graph, ("LayerNormalization",), "epsilon")),
        tensors=tensors,
    )


def _expanded(stored: Mapping[str, NDArray[Any]], path: Path) -> dict[str, Array]:
    """Every float32 tensor, with packed matrices expanded as DequantizeLinear does; the graph's own integers are left.

    Raises:
        ArtifactError: if a packed matrix has no scales.
    """
    tensors = {name: values for name, values in stored.items() if values.dtype == np.float32}
    for packed in (name for name in stored if name.endswith(PACKED)):
        name = packed.rpartition(".")[0]
        if name + SCALE not in stored:
            raise ArtifactError(f"{path}: {packed} has no {name}{SCALE}")
        scales = stored[name + SCALE].astype(np.float32)
        blocks = stored[packed].astype(np.float32).reshape(*scales.shape, -1)
        tensors[name] = (blocks * scales[..., None]).reshape(stored[packed].shape)
    return tensors


def _attribute(graph: Any, operators: tuple[str, ...], name: str) -> Any:
    """The value of an attribute in the first node of these kinds, its default (0) where it isn't written."""
    node = next(node for node in graph.node if node.op_type in operators)
    return next((onnx.helper.get_attribute_value(item) for item in node.attribute if item.name == name), 0)
