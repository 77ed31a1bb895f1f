"""Checkpoints between two checkpoints."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlp_service.errors import ArtifactError
from training import checkpoint


def test_an_average_lies_between_the_two(tiny_checkpoint: Path) -> None:
    one = checkpoint.read(str(tiny_checkpoint))
    other = replace(one, tensors={name: tensor + 1 for name, tensor in one.tensors.items()})

    mixed = checkpoint.averaged(one, other, 0.75)

    for name, tensor in one.tensors.items():
        assert mixed.tensors[name].dtype == np.float32
        assert np.allclose(mixed.tensors[name], tensor + 0.25, atol=1e-6)
    assert mixed.tokenizer == one.tokenizer


@pytest.mark.parametrize("changed", ["tokenizer", "shape", "name"])
def test_strangers_are_not_averaged(tiny_checkpoint: Path, changed: str) -> None:
    one = checkpoint.read(str(tiny_checkpoint))
    name, tensor = next(iter(one.tensors.items()))
    others = {
        "tokenizer": replace(one, tokenizer="{}"),
        "shape": replace(one, tensors={**one.tensors, name: tensor[:1]}),
        "name": replace(one, tensors={**one.tensors, "another": tensor}),
    }

    with pytest.raises(ArtifactError, match="neither was trained from the other"):
        checkpoint.averaged(one, others[changed], 0.5)
