"""Changes to a finished graph that other people's quantisers and the comparison of input types need."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def with_int64_inputs(model: onnx.ModelProto) -> None:
    """Make ids and mask int64, as most exporters do; attention still takes an int32 mask, so that is cast."""
    for value in model.graph.input:
        value.type.tensor_type.elem_type = TensorProto.INT64
    for node in model.graph.node:
        node.input[:] = [f"{name}.int32" if name == "attention_mask" else name for name in node.input]
    cast = helper.make_node("Cast", ["attention_mask"], ["attention_mask.int32"], name="mask", to=TensorProto.INT32)
    model.graph.node.insert(0, cast)


def with_plain_products(model: onnx.ModelProto) -> None:
    """Make every product with a weight matrix a MatMul with an initialiser, the only form that quantisers look for.

    For this, transposes of matrices are carried out.
    """
    graph = model.graph
    matrices = {tensor.name: tensor for tensor in graph.initializer}
    for node in list(graph.node):
        if node.op_type == "Transpose" and node.input[0] in matrices:
            tensor = matrices[node.input[0]]
            values = np.ascontiguousarray(numpy_helper.to_array(tensor).T)
            tensor.CopyFrom(numpy_helper.from_array(values, node.output[0]))
            graph.node.remove(node)
