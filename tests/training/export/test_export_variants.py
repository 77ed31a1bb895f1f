"""Every way to export, built from the tiny checkpoint and held against PyTorch."""

import numpy as np
import pytest

pytest.importorskip("onnx")
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from training import reference  # noqa: E402
from training.export_variants import variants  # noqa: E402
from training.export_variants.__main__ import compare, tokenised  # noqa: E402
from training.export_variants.builds import Builds, size  # noqa: E402
from training.export_variants.runtimes import RUNTIMES  # noqa: E402
from training.export_variants.worker import Work  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # other people's exporters and quantisers
LOWEST = {"fused, stored in 4 bits": 0.9, "4-bit blocks while running": 0.9, "static int8": 0.95}
LOWEST |= {name: 0.99 for name in variants.VARIANTS if "8" in name and name not in LOWEST}


@pytest.fixture
def builds(checkpoint, texts, tmp_path):
    return Builds(checkpoint, tokenised(checkpoint, texts, max_tokens=64), tmp_path)


@pytest.mark.parametrize("name", variants.VARIANTS)
def test_vectors_are_those_of_pytorch_and_do_not_depend_on_neighbours(builds, checkpoint, texts, name):
    variant = variants.VARIANTS[name]
    for package in variant.needs:
        pytest.importorskip(package)
    path = variant.build(builds)
    opened = RUNTIMES[variant.runtime](path, 1, expand=variant.expand)
    vectors = Work(opened, tokenised(checkpoint, texts, max_tokens=64), pad_id=1).vectors()
    cosines = np.sum(vectors["alone"] * reference.encode(checkpoint, texts), axis=1)
    assert cosines.min() >= LOWEST.get(name, 0.9999)
    assert np.abs(vectors["alone"] - vectors["batched"]).max() <= 1e-5
    assert size(path) > 10_000


def test_what_cannot_be_measured_is_listed_with_the_reason(checkpoint, texts, monkeypatch):
    def broken(_builds):
        raise RuntimeError("the exporter\nsays a lot")

    chosen = {
        "fused": variants.VARIANTS["fused float32"],
        "unheard of": variants.Variant(lambda builds: builds.plain, needs=("no_such_package",)),
        "broken": variants.Variant(broken),
        variants.PYTORCH: variants.VARIANTS[variants.PYTORCH],
    }
    monkeypatch.setattr(variants, "VARIANTS", chosen)
    figures = compare(checkpoint, tokenised(checkpoint, texts, max_tokens=64), threads=1, rounds=2)
    assert list(figures["speed"]) == list(figures["size and agreement"]) == ["fused", variants.PYTORCH]
    assert figures["speed"]["fused"]["times_64"] == 1
    assert float(figures["size and agreement"]["fused"]["lowest_cosine"]) >= 0.9999
    assert figures["not measured"] == {
        "unheard of": {"why": "package no_such_package missing"},
        "broken": {"why": "RuntimeError: the exporter"},
    }
