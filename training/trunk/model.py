"""The network: a BERT trunk whose mean-pooled unit vector is all that tasks see, and their heads."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from nlp_service.errors import ConfigurationError
from nlp_service.text import prepare
from training import checkpoint, reference, vocabulary
from training.checkpoint import Array, Checkpoint
from training.trunk.config import Start

HEADS = "heads.safetensors"
"""Beside a run's checkpoint: heads and maps."""
_FIRST_SCALE = 20.0
_BATCH = 64
_RIDGE = 1e-3
_LEAST_PART = 8
_PADDING_WORTH_A_PASS = 512
"""Tokens of padding that a second pass must save."""


class CosineHead(nn.Module):
    """A softmax over cosines with one direction per label, times a learned scale: near texts get near vectors."""

    def __init__(self, dimension: int, labels: int) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(labels, dimension))
        self.bias = nn.Parameter(torch.zeros(labels))
        self.log_scale = nn.Parameter(torch.tensor(_FIRST_SCALE).log())

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        return (
            functional.linear(vectors, functional.normalize(self.directions, dim=1)) * self.log_scale.exp() + self.bias
        )


class Trunk(nn.Module):
    """Token ids to unit vectors."""

    def __init__(self, source: Checkpoint, dropout: float) -> None:
        super().__init__()
        self.tokenizer = source.tokenizer
        self._pieces = Tokenizer.from_str(source.tokenizer)
        self.bert = reference.bert(source, dropout)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Vectors of shape (texts, hidden), float32, from ids and mask of shape (texts, length)."""
        hidden = self.bert(ids, attention_mask=mask).last_hidden_state.float()
        return functional.normalize((hidden * mask[..., None]).sum(dim=1), dim=1)

    def read(self, texts: Sequence[str], max_tokens: int) -> torch.Tensor:
        """Vectors of one batch of prepared texts, each cut at `max_tokens`; names and long messages may be together."""
        ids = [encoding.ids[:max_tokens] for encoding in self._pieces.encode_batch_fast(list(texts))]
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        parts = [[ids[row] for row in part] for part in _of_like_length(order, [len(ids[row]) for row in order])]
        padded = [_padded(part, self.bert.config.pad_token_id) for part in parts]
        vectors = [self(rows.to(self.bert.device), mask.to(self.bert.device)) for rows, mask in padded]
        return torch.cat(vectors)[torch.tensor(order).argsort()]

    def encode(self, texts: Sequence[str], max_tokens: int) -> torch.Tensor:
        """Vectors of any number of prepared texts, in their order, without gradients and in batches of like length."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        vectors = torch.zeros(len(order), self.bert.config.hidden_size, device=self.bert.device)
        with torch.inference_mode():
            for begin in range(0, len(order), _BATCH):
                rows = order[begin : begin + _BATCH]
                vectors[rows] = self.read([texts[row] for row in rows], max_tokens)
        return vectors

    def save(self, folder: Path) -> None:
        """Write a transformers checkpoint with its tokenizer, which `training.build_encoder --source` reads."""
        self.bert.save_pretrained(folder)
        (folder / "tokenizer.json").write_text(self.tokenizer, encoding="utf-8")


def start(settings: Start, dropout: float) -> Trunk:
    """The trunk that a run begins with: read, trimmed and cut as asked."""
    source = checkpoint.read(settings.source)
    if settings.trim_vocabulary:
        source = vocabulary.trimmed(source)
    if settings.layers is not None:
        source = keep_layers(source, settings.layers)
    if settings.feed_forward is not None:
        source = keep_neurons(source, settings.feed_forward)
    return Trunk(source, dropout)


def keep_layers(source: Checkpoint, layers: Sequence[int]) -> Checkpoint:
    """The checkpoint with these layers only, in this order."""
    if not layers or not set(layers) <= set(range(source.layers)):
        raise ConfigurationError(f"start.layers: the source has layers 0 to {source.layers - 1}")
    tensors = {name: tensor for name, tensor in source.tensors.items() if not name.startswith("encoder.layer.")}
    for new, old in enumerate(layers):
        prefix = f"encoder.layer.{old}."
        for name, tensor in source.tensors.items():
            if name.startswith(prefix):
                tensors[f"encoder.layer.{new}.{name.removeprefix(prefix)}"] = tensor
    return dataclasses.replace(source, layers=len(layers), tensors=tensors)


def keep_neurons(source: Checkpoint, count: int) -> Checkpoint:
    """The checkpoint with `count` neurons in each feed-forward layer.

    Kept are those with the largest mean |activation| × norm of outgoing weights on the reference texts: what each adds
    to the residual stream.
    """
    if count > source.feed_forward:
        raise ConfigurationError(f"start.feed_forward: the source has {source.feed_forward} neurons")
    activity = _activity(source)
    tensors = dict(source.tensors)
    for layer in range(source.layers):
        inner, outer = (f"encoder.layer.{layer}.{module}.dense" for module in ("intermediate", "output"))
        weight = np.linalg.norm(tensors[f"{outer}.weight"], axis=0) * activity[layer]
        kept = np.sort(np.argsort(-weight, kind="stable")[:count])
        tensors[f"{inner}.weight"] = tensors[f"{inner}.weight"][kept]
        tensors[f"{inner}.bias"] = tensors[f"{inner}.bias"][kept]
        tensors[f"{outer}.weight"] = np.ascontiguousarray(tensors[f"{outer}.weight"][:, kept])
    return dataclasses.replace(source, feed_forward=count, tensors=tensors)


def _of_like_length(order: list[int], lengths: Sequence[int]) -> list[list[int]]:
    """The rows cut in halves for as long as that saves enough padding to be worth another pass.

    Args:
        lengths: of the rows, in ascending order.
    """
    middle = len(order) // 2
    if middle < _LEAST_PART or (lengths[-1] - lengths[middle - 1]) * middle < _PADDING_WORTH_A_PASS:
        return [order]
    return _of_like_length(order[:middle], lengths[:middle]) + _of_like_length(order[middle:], lengths[middle:])


def _padded(ids: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask as int64 tensors of shape (texts, longest)."""
    lengths = np.array([len(sequence) for sequence in ids])
    mask = np.arange(lengths.max()) < lengths[:, None]
    rows = np.full(mask.shape, pad, dtype=np.int64)
    rows[mask] = np.concatenate([np.asarray(sequence) for sequence in ids])
    return torch.from_numpy(rows), torch.from_numpy(mask.astype(np.int64))


def heads(sizes: Mapping[str, int], dimension: int) -> nn.ModuleDict:
    """One cosine head for every labelled task, by name."""
    return nn.ModuleDict({name: CosineHead(dimension, size) for name, size in sizes.items()})


def take_over(made: nn.ModuleDict, folder: Path) -> list[str]:
    """Go on with the heads or maps that an earlier run left in its checkpoint, where name and shapes are the same.

    Returns:
        The names of the others, which are as new.
    """
    file = folder / HEADS
    known = load_file(file) if file.is_file() else {}
    new = []
    for name, module in made.items():
        state = {key.removeprefix(f"{name}."): tensor for key, tensor in known.items() if key.startswith(f"{name}.")}
        if _shapes(state) == _shapes(module.state_dict()):
            module.load_state_dict(state)
        else:
            new.append(name)
    return new


def point_at_means(head: CosineHead, vectors: torch.Tensor, targets: torch.Tensor) -> None:
    """Let each label's direction be that of its texts' mean, seen from the mean of all. Without texts it stays.

    Args:
        vectors: shape (texts, dimension). targets: probabilities, shape (texts, labels).
    """
    has_texts = (targets != targets[0]).any(dim=0)
    shares = targets[:, has_texts] - targets[:, has_texts].mean(dim=0)
    with torch.no_grad():
        head.directions[has_texts] = functional.normalize(shares.T @ vectors, dim=1)


def fit_map(layer: nn.Linear, vectors: torch.Tensor, targets: torch.Tensor) -> None:
    """Ridge regression of the teacher's vectors on the trunk's.

    Args:
        vectors: shape (texts, dimension). targets: shape (texts, teacher's dimension).
    """
    penalty = _RIDGE * len(vectors) * torch.eye(vectors.shape[1], device=vectors.device)
    with torch.no_grad():
        layer.weight.copy_(torch.linalg.solve(vectors.T @ vectors + penalty, vectors.T @ targets).T)


def _shapes(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in state.items()}


def maps(sizes: Mapping[str, int], dimension: int) -> nn.ModuleDict:
    """One linear map into the teacher's space for every distillation task, beginning as the identity."""
    made = nn.ModuleDict({name: nn.Linear(dimension, size, bias=False) for name, size in sizes.items()})
    for layer in made.values():
        nn.init.eye_(layer.weight)
    return made


def _activity(source: Checkpoint) -> list[Array]:
    """Mean absolute activation of each feed-forward neuron on the reference texts, one array a layer."""
    trunk = Trunk(source, dropout=0.0).eval()
    seen: list[list[Array]] = [[] for _ in range(source.layers)]
    for layer, module in enumerate(trunk.bert.encoder.layer):
        module.intermediate.register_forward_hook(
            lambda _module, _inputs, output, seen=seen[layer]: seen.append(output[0].abs().numpy())
        )
    with torch.inference_mode():
        for text in reference.TEXTS:
            trunk.read([prepare(text)], source.positions)
    return [np.concatenate(activations).mean(axis=0) for activations in seen]
