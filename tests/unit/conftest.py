"""Model folders made for the test."""

import numpy as np
import pytest

from nlp_service import artifact
from nlp_service.heads import HEAD, Head, Layer

ENCODER = "e" * 64
DIMENSION = 4


@pytest.fixture
def encoder_digest():
    """Of the encoder that `make_head`'s heads were trained on."""
    return ENCODER


@pytest.fixture
def make_head(tmp_path):
    """Writes a folder with a linear head and loads it. Weights are by label; other arguments go into the config."""

    def make(weights, kind="kinds", biases=None, **config):
        folder = tmp_path / kind
        folder.mkdir(exist_ok=True)
        rows = np.array(list(weights.values()), dtype=np.float32)
        offsets = np.array(biases or [0.0] * len(rows), dtype=np.float32)
        Head(tuple(weights), (Layer(rows, offsets),)).save(folder)
        settings = {"encoder_digest": ENCODER, "labels": list(weights)} | config
        artifact.write(folder, kind=kind, name="n", version="1", files=[HEAD], config=settings, command="test")
        return artifact.load(folder, kind)

    return make


@pytest.fixture
def sure_of():
    """Head weights that make each label sure of a unit vector of its own: the first label of [1, 0, 0 …], and so on."""
    return lambda labels, strength=10.0: dict(zip(labels, np.eye(len(labels)) * strength, strict=True))
