"""Build the encoder's ONNX graph from a checkpoint: token ids in, unit-length sentence vectors out.

The graph is the plain BERT of the checkpoint plus mean pooling and L2 normalisation, written with ONNX Runtime's fused
operators (MultiHeadAttention, BiasGelu) where they pay, which its CPU and CUDA providers share. Two don't pay on a CPU:
Attention multiplies by the projection head by head, and SkipLayerNormalization takes several times as long as a sum and
a LayerNormalization do. Without them a batch takes a fifth less time.

Matrices are stored in blocks of 32 as 4-bit or 8-bit integers with a float16 scale and expanded by DequantizeLinear.
ONNX Runtime folds that while loading (see `nlp_service.embedding.encoder.onnx`), so the file is small and the
arithmetic is float32: a quantised *file*, not quantised arithmetic, and therefore independent of batch neighbours.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.checkpoint import BLOCK, STORED_BITS, Array, Checkpoint

OPSET = 21


def quantise(matrix: Array) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Block-wise 4-bit quantisation along the last axis.

    The value of largest magnitude in a block becomes −8 exactly, so quantising what came from such a file returns the
    file's own numbers (as llama.cpp's Q4_0 does).

    Returns:
        Integers in [−8, 7] of the matrix's shape, and scales of shape (rows, columns / 32).
    """
    blocks = matrix.reshape(matrix.shape[0], -1, BLOCK)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1)[..., None], axis=-1)
    scales = (extreme[..., 0] / -8).astype(np.float16)
    return _rounded(blocks, scales, -8, 7).reshape(matrix.shape), scales


def quantise_8(matrix: Array) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Block-wise 8-bit quantisation along the last axis, symmetric: the largest magnitude in a block becomes ±127.

    Returns:
        Integers in [−127, 127] of the matrix's shape, and scales of shape (rows, columns / 32).
    """
    blocks = matrix.reshape(matrix.shape[0], -1, BLOCK)
    scales = (np.abs(blocks).max(axis=-1) / 127).astype(np.float16)
    return _rounded(blocks, scales, -127, 127).reshape(matrix.shape), scales


def _rounded(blocks: Array, scales: NDArray[np.float16], lowest: int, highest: int) -> NDArray[np.int8]:
    """Multiples of the scales, shape (rows, blocks, 32); all 0 where the scale is."""
    divisor = np.where(scales == 0, 1, scales).astype(np.float32)[..., None]
    return np.clip(np.round(blocks / divisor), lowest, highest).astype(np.int8)


class _Graph:
    """Collects nodes and initialisers; every method adds a node and returns its output's name."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []

    def node(self, operator: str, inputs: Sequence[str], domain: str = "", **attributes: object) -> str:
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def split(self, values: str, parts: int) -> list[str]:
        """Equal parts along the last axis."""
        outputs = [f"{values}.{part}" for part in range(parts)]
        self.nodes.append(
            helper.make_node("Split", [values], outputs, name=f"Split_{len(self.nodes)}", axis=-1, num_outputs=parts)
        )
        return outputs

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def matrix(self, name: str, values: Array, bits: int | None = None) -> str:
        """A matrix in a stored precision, by default the graph's, as a float32 value of the same shape."""
        bits = bits or self.bits
        if bits == 32:
            return self.constant(name, values)
        integers, scales = quantise(values) if bits == 4 else quantise_8(values)
        stored = self._nibbles(f"{name}.int4", integers) if bits == 4 else self.constant(f"{name}.int8", integers)
        scale = self.node("Cast", [self.constant(f"{name}.scale", scales)], to=TensorProto.FLOAT)
        return self.node("DequantizeLinear", [stored, scale], axis=1, block_size=BLOCK)

    def _nibbles(self, name: str, integers: NDArray[np.int8]) -> str:
        packed = onnx.TensorProto(name=name, data_type=TensorProto.INT4, dims=integers.shape)
        nibbles = integers.reshape(-1, 2).astype(np.uint8) & 15
        packed.raw_data = (nibbles[:, 0] | nibbles[:, 1] << 4).tobytes()
        self.initialisers.append(packed)
        return name

    def linear(self, name: str, values: Array) -> str:
        """A weight matrix stored (out, in), transposed for multiplication from the right."""
        return self.node("Transpose", [self.matrix(name, values)], perm=[1, 0])


def build(checkpoint: Checkpoint, word_table: Array, bits: int, word_bits: int | None = None) -> onnx.ModelProto:
    """Build the model.

    Args:
        word_table: the word embeddings to use, shape (pieces, hidden): the checkpoint's, trimmed.
        bits: the precision in which matrices are stored, one of `STORED_BITS`.
        word_bits: that of the word table, if it is another one.

    Returns:
        Inputs `input_ids` and `attention_mask`, int32 (batch, length); output `embeddings`, float32 (batch, hidden).

    Raises:
        ValueError: if a precision isn't one of `STORED_BITS`.
    """
    if not {bits, word_bits or bits} <= set(STORED_BITS):
        raise ValueError(f"matrices are stored in {STORED_BITS} bits, not in {bits} and {word_bits}")
    graph = _Graph(bits)
    hidden = _embed(graph, checkpoint, graph.matrix("words", word_table, word_bits))
    for layer in range(checkpoint.layers):
        hidden = _layer(graph, checkpoint, f"encoder.layer.{layer}", hidden)
    _pool(graph, hidden)
    batch = ["batch", "length"]
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info(name, TensorProto.INT32, batch) for name in ("input_ids", "attention_mask")],
            [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["batch", checkpoint.hidden])],
            graph.initialisers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)],
        ir_version=10,
        producer_name="nlp-service",
    )


def _embed(graph: _Graph, checkpoint: Checkpoint, word_table: str) -> str:
    tensors = checkpoint.tensors
    positions = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
    words = graph.node("Gather", [word_table, "input_ids"])
    length = graph.node("Shape", ["input_ids"], start=1)
    start, axes = graph.constant("zero", np.array([0])), graph.constant("axis_0", np.array([0]))
    table = graph.constant("positions_and_type", positions)
    summed = graph.node("Add", [words, graph.node("Slice", [table, start, length, axes])])
    scale = graph.constant("embeddings.norm.weight", tensors["embeddings.LayerNorm.weight"])
    bias = graph.constant("embeddings.norm.bias", tensors["embeddings.LayerNorm.bias"])
    return graph.node("LayerNormalization", [summed, scale, bias], axis=-1, epsilon=checkpoint.epsilon)


def _layer(graph: _Graph, checkpoint: Checkpoint, name: str, hidden: str) -> str:
    def tensor(part: str) -> Array:
        return checkpoint.tensors[f"{name}.{part}"]

    def constant(part: str) -> str:
        return graph.constant(f"{name}.{part}", tensor(part))

    def stacked(kind: str) -> Array:
        return np.concatenate([tensor(f"attention.self.{part}.{kind}") for part in ("query", "key", "value")])

    def residual(update: str, base: str, module: str, norm: str) -> str:
        # One Sum, not two Adds: those ONNX Runtime might fuse into the operator that is to be avoided.
        total = graph.node("Sum", [update, base, constant(f"{module}.bias")])
        scale, bias = constant(f"{norm}.weight"), constant(f"{norm}.bias")
        return graph.node("LayerNormalization", [total, scale, bias], axis=-1, epsilon=checkpoint.epsilon)

    def product(values: str, module: str) -> str:
        return graph.node("MatMul", [values, graph.linear(f"{name}.{module}", tensor(f"{module}.weight"))])

    projected = graph.node("MatMul", [hidden, graph.linear(f"{name}.qkv", stacked("weight"))])
    attended = graph.node(
        "MultiHeadAttention",
        [*graph.split(projected, 3), graph.constant(f"{name}.qkv.bias", stacked("bias")), "attention_mask"],
        domain="com.microsoft",
        num_heads=checkpoint.heads,
    )
    hidden = residual(
        product(attended, "attention.output.dense"), hidden, "attention.output.dense", "attention.output.LayerNorm"
    )
    inner = graph.node(
        "BiasGelu", [product(hidden, "intermediate.dense"), constant("intermediate.dense.bias")], domain="com.microsoft"
    )
    return residual(product(inner, "output.dense"), hidden, "output.dense", "output.LayerNorm")


def _pool(graph: _Graph, hidden: str) -> None:
    """Mean over the tokens that aren't padding, then L2 normalisation."""
    last = graph.constant("axis_last", np.array([-1]))
    middle = graph.constant("axis_1", np.array([1]))
    mask = graph.node("Unsqueeze", [graph.node("Cast", ["attention_mask"], to=TensorProto.FLOAT), last])
    total = graph.node("ReduceSum", [graph.node("Mul", [hidden, mask]), middle], keepdims=0)
    norm = graph.node("ReduceL2", [total, last], keepdims=1)
    # The mean's divisor cancels under L2 normalisation, so it isn't computed.
    graph.nodes.append(helper.make_node("Div", [total, norm], ["embeddings"], name="embeddings"))
