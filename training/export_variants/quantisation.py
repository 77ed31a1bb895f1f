"""Weights and activations in 8 or 4 bits while running, by ONNX Runtime's own tools."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from training.checkpoint import BLOCK

INT8_ACTIVATIONS = 4
"""MatMulNBits' `accuracy_level` that turns each row's blocks of activations into 8-bit integers."""
PERCENTILE = 99.999
"""Of an activation's values are within its range. Lower ones, and the full range, agree less with float32."""


def blockwise(model: onnx.ModelProto, bits: int) -> onnx.ModelProto:
    """Weights of products in blocks of 32 integers, expanded while multiplying (MatMulNBits); needs `onnx_ir`."""
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    logging.getLogger(MatMulNBitsQuantizer.__module__).setLevel(logging.WARNING)
    quantizer = MatMulNBitsQuantizer(
        model, bits=bits, block_size=BLOCK, is_symmetric=True, accuracy_level=INT8_ACTIVATIONS
    )
    quantizer.process()
    return quantizer.model.model


def static(model: onnx.ModelProto, path: Path, sequences: Sequence[Sequence[int]], *, vnni: bool) -> None:
    """Write a model whose products with weights are of 8-bit integers, with ranges of activations fixed beforehand.

    Args:
        sequences: token ids to learn the ranges from.
        vnni: whether 8-bit products don't saturate; if they do, weights get 7 bits.
    """
    from onnxruntime import quantization

    _declare_types(model.graph)
    quantization.quantize_static(
        model,
        path,
        _Samples(sequences),
        quant_format=quantization.QuantFormat.QDQ,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=not vnni,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        calibrate_method=quantization.CalibrationMethod.Percentile,
        extra_options={
            "MatMulConstBOnly": True,
            "OpTypesToExcludeOutputQuantization": ["MatMul"],
            "CalibPercentile": PERCENTILE,
            "CalibStridedMinMax": 1,  # for all methods: one text after the other, as they differ in length
        },
    )


def _declare_types(graph: onnx.GraphProto) -> None:
    """Say that what goes into products is float32: shape inference doesn't know fused operators, and what has no known
    type isn't quantised."""
    known = {value.name for value in graph.value_info}
    names = {name for node in graph.node if node.op_type == "MatMul" for name in (node.input[0], node.output[0])}
    graph.value_info.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in sorted(names - known)
    )


class _Samples:
    """What `quantize_static` takes its samples from: one text at a time, so that no padding is among them."""

    def __init__(self, sequences: Sequence[Sequence[int]]) -> None:
        self._sequences = sequences
        self._range: Iterator[int] = iter(range(len(sequences)))

    def __len__(self) -> int:
        return len(self._sequences)

    def set_range(self, start_index: int, end_index: int) -> None:
        self._range = iter(range(start_index, end_index))

    def get_next(self) -> dict[str, NDArray[np.int32]] | None:
        number = next(self._range, None)
        if number is None:
            return None
        ids = np.array([self._sequences[number]], dtype=np.int32)
        return {"input_ids": ids, "attention_mask": np.ones_like(ids)}
