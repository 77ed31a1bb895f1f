"""Turn an encoder artefact into a folder that transformers and sentence-transformers load.

Runs in a peer's environment and imports nothing of this project. The weights are the artefact's own, expanded to
float32, so every peer computes what our server computes.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from safetensors.numpy import save_file

Array = NDArray[np.float32]

PACKED = (".int4", ".int8")
PROJECTIONS = ("query", "key", "value")
NAMES = {
    "words": "embeddings.word_embeddings.weight",
    "positions_and_type": "embeddings.position_embeddings.weight",
    "embeddings.norm.weight": "embeddings.LayerNorm.weight",
    "embeddings.norm.bias": "embeddings.LayerNorm.bias",
}
TOKENIZER = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_max_length": 512,
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "pad_token": "<pad>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
}
MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]


@dataclass(frozen=True)
class Network:
    """A BERT encoder; its tensors are under the names of a transformers `BertModel`, matrices of shape (out, in)."""

    layers: int
    heads: int
    tensors: dict[str, Array]


def read(path: Path) -> Network:
    """Read an artefact's model.onnx."""
    graph = onnx.load(path).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    tensors: dict[str, Array] = {}
    for name, values in stored.items():
        if name.endswith(PACKED):
            tensors |= _renamed(name.rpartition(".")[0], _expanded(values, stored[f"{name.rpartition('.')[0]}.scale"]))
        elif values.dtype == np.float32:
            tensors |= _renamed(name, values)
    attention = [node for node in graph.node if node.op_type == "MultiHeadAttention"]
    heads = next(item for item in attention[0].attribute if item.name == "num_heads")
    return Network(len(attention), helper.get_attribute_value(heads), _with_token_types(tensors))


def _expanded(blocks: NDArray[Any], scales: NDArray[Any]) -> Array:
    """What DequantizeLinear makes of a matrix that has one scale for each block of a row."""
    rows = blocks.astype(np.float32).reshape(*scales.shape, -1)
    return (rows * scales.astype(np.float32)[..., None]).reshape(blocks.shape)


def _renamed(name: str, values: Array) -> dict[str, Array]:
    if name in NAMES:
        return {NAMES[name]: values}
    full_name = name if name.endswith((".weight", ".bias")) else f"{name}.weight"
    if ".qkv." not in full_name:
        return {full_name: values}
    parts = zip(PROJECTIONS, np.split(values, len(PROJECTIONS)), strict=True)
    return {full_name.replace(".qkv.", f".attention.self.{part}."): tensor for part, tensor in parts}


def _with_token_types(tensors: dict[str, Array]) -> dict[str, Array]:
    """The artefact has added the vector of the only token type to its positions, so here it is zero."""
    hidden = tensors[NAMES["words"]].shape[1]
    return {**tensors, "embeddings.token_type_embeddings.weight": np.zeros((2, hidden), np.float32)}


def of_shape(like: Network, layers: int, feed_forward: int) -> Network:
    """A network of another shape around the same word vectors, drawn at random: time doesn't depend on the values."""
    hidden = like.tensors[NAMES["words"]].shape[1]
    draw = np.random.default_rng(0)
    tensors = {name: tensor for name, tensor in like.tensors.items() if name.startswith("embeddings.")}
    shapes = {f"attention.self.{name}": (hidden, hidden) for name in PROJECTIONS} | {
        "attention.output.dense": (hidden, hidden),
        "intermediate.dense": (feed_forward, hidden),
        "output.dense": (hidden, feed_forward),
    }
    for layer in (f"encoder.layer.{number}" for number in range(layers)):
        for name, shape in shapes.items():
            tensors[f"{layer}.{name}.weight"] = draw.normal(0, 0.02, shape).astype(np.float32)
            tensors[f"{layer}.{name}.bias"] = np.zeros(shape[0], np.float32)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            tensors[f"{layer}.{name}.weight"] = np.ones(hidden, np.float32)
            tensors[f"{layer}.{name}.bias"] = np.zeros(hidden, np.float32)
    return Network(layers, like.heads, tensors)


def write(network: Network, tokenizer: Path, folder: Path) -> None:
    """Write the folder; vectors are means over tokens, of unit length."""
    tensors = network.tensors
    pieces, hidden = tensors[NAMES["words"]].shape
    positions = len(tensors[NAMES["positions_and_type"]])
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "attention_probs_dropout_prob": 0.0,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0,
        "hidden_size": hidden,
        "intermediate_size": len(tensors["encoder.layer.0.intermediate.dense.bias"]),
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": positions,
        "num_attention_heads": network.heads,
        "num_hidden_layers": network.layers,
        "pad_token_id": 1,
        "torch_dtype": "float32",
        "type_vocab_size": 2,
        "vocab_size": pieces,
    }
    pooling = {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
    contents = {
        "config.json": config,
        "tokenizer_config.json": TOKENIZER,
        "modules.json": MODULES,
        "sentence_bert_config.json": {"max_seq_length": positions, "do_lower_case": False},
        "1_Pooling/config.json": pooling,
    }
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content, indent=2), encoding="utf-8")
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    save_file(
        {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()},
        folder / "model.safetensors",
        {"format": "pt"},
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifact", type=Path, help="folder of an encoder artefact")
    parser.add_argument("folder", type=Path, help="where to write it")
    parser.add_argument("--layers", type=int, help="random weights of this depth instead of the artefact's own")
    parser.add_argument("--feed-forward", type=int, default=1536, help="width, with --layers")
    given = parser.parse_args()
    network = read(given.artifact / "model.onnx")
    if given.layers:
        network = of_shape(network, given.layers, given.feed_forward)
    write(network, given.artifact / "tokenizer.json", given.folder)


if __name__ == "__main__":
    main()
