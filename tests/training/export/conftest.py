"""The tiny checkpoint with larger weights, as every layer of an untrained one changes its vectors but little."""

import dataclasses

import numpy as np
import pytest

from training import checkpoint as checkpoints


@pytest.fixture(scope="session")
def checkpoint(tiny_checkpoint):
    read = checkpoints.read_transformers(str(tiny_checkpoint))
    generator = np.random.default_rng(0)
    changed = {
        name: tensor + generator.normal(scale=0.3, size=tensor.shape).astype(np.float32)
        for name, tensor in read.tensors.items()
    }
    return dataclasses.replace(read, tensors=changed)


@pytest.fixture(scope="session")
def words(checkpoint):
    """The word table, shape (pieces, hidden)."""
    return checkpoint.tensors["embeddings.word_embeddings.weight"]


@pytest.fixture(scope="session")
def texts():
    """Of different lengths."""
    return ["您好", "我要退货", "快递 abc", "水壶坏了 defghijklm nopq 退货", "的", "xyz？我 要 快递，您好 您好 您好 开"]
