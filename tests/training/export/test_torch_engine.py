"""The torch engine reads the graph that ships and gives the CPU's vectors, within the tolerance that is stated."""

import json
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
torch = pytest.importorskip("torch")

from evaluation.engines import LOWEST_COSINE, TEXTS  # noqa: E402
from nlp_service import artifact  # noqa: E402
from nlp_service.assembly import open_encoder  # noqa: E402
from nlp_service.embedding.encoder import torch_engine  # noqa: E402
from nlp_service.embedding.encoder.onnx import MODEL, TOKENIZER, OnnxEncoder  # noqa: E402
from nlp_service.embedding.encoder.torch_engine import TorchEncoder  # noqa: E402
from nlp_service.errors import ArtifactError, ConfigurationError  # noqa: E402
from nlp_service.settings import MODELS  # noqa: E402
from nlp_service.text import prepare  # noqa: E402
from training import onnx_graph  # noqa: E402

ROUNDING = 1e-5
EVERY = 20
"""Of the challenge's sentences one in so many: bfloat16 is slow on a CPU."""


@pytest.fixture
def build(tmp_path, checkpoint, words):
    """Builds an artefact of the tiny checkpoint, with its graph changed by a function."""

    def build_(bits=32, word_bits=None, change=lambda graph: None):
        model = onnx_graph.build(checkpoint, words, bits, word_bits)
        change(model.graph)
        onnx.save(model, tmp_path / MODEL)
        (tmp_path / TOKENIZER).write_text(checkpoint.tokenizer, encoding="utf-8")
        config = {"dimension": checkpoint.hidden, "max_tokens": 64, "prefix": "", "pad_id": 1}
        files = [MODEL, TOKENIZER]
        artifact.write(tmp_path, kind="encoder", name="n", version="1", files=files, config=config, command="test")
        return artifact.load(tmp_path, "encoder")

    return build_


@pytest.fixture(scope="module")
def shipped():
    return artifact.load(MODELS / "encoder", "encoder")


@pytest.fixture(scope="module")
def sentences(shipped):
    rows = [json.loads(row)["text"] for row in (Path(__file__).parents[3] / TEXTS).read_text("utf-8").splitlines()]
    return [prepare(text) for text in [*shipped.config["reference_texts"], *rows[::EVERY]]]


@pytest.fixture(scope="module")
def cosines(shipped, sentences):
    """The cosine of each sentence's vector with onnxruntime:cpu, alone there and in one batch here."""
    reference = OnnxEncoder(shipped, threads=2)
    expected = np.concatenate([reference.encode([sequence]) for sequence in reference.tokenize(sentences)])
    return lambda encoder: (encoder.encode(encoder.tokenize(sentences)) * expected).sum(axis=1)


@pytest.mark.parametrize(("bits", "word_bits"), [(32, None), (4, None), (8, None), (4, 8)])
def test_every_stored_precision_is_read_as_onnx_runtime_reads_it(build, texts, bits, word_bits):
    built = build(bits, word_bits)
    ours, theirs = TorchEncoder(built, threads=1), OnnxEncoder(built, threads=1)
    sequences = theirs.tokenize(texts)
    assert ours.tokenize(texts) == sequences
    assert np.abs(ours.encode(sequences) - theirs.encode(sequences)).max() <= ROUNDING
    assert np.abs(ours.encode(sequences[:1]) - theirs.encode(sequences[:1])).max() <= ROUNDING


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_shipped_encoders_vectors_are_within_the_tolerance(shipped, cosines, precision):
    encoder = TorchEncoder(shipped, threads=2, precision=precision)
    assert encoder.info.precision == precision
    assert cosines(encoder).min() >= LOWEST_COSINE[precision]


def test_bfloat16_is_what_it_says(shipped):
    """Or the tolerance would be held by float32 under another name."""
    texts = ["快递三天没动了，麻烦催一下好吗？"]
    exact, rounded = (TorchEncoder(shipped, threads=2, precision=precision) for precision in ("float32", "bfloat16"))
    difference = np.abs(exact.encode(exact.tokenize(texts)) - rounded.encode(rounded.tokenize(texts))).max()
    assert 1e-5 < difference < 1e-2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("engine", ["onnxruntime", "torch"])
def test_on_a_gpu_the_vectors_are_within_the_tolerance(shipped, cosines, engine):
    encoder = open_encoder(shipped, engine=engine, device="cuda", threads=2)
    assert encoder.info.device == "cuda"
    assert cosines(encoder).min() >= LOWEST_COSINE[encoder.info.precision]


# --- what is refused ----------------------------------------------------------------------------------------------


def _without(name):
    def change(graph):
        graph.initializer.remove(next(tensor for tensor in graph.initializer if tensor.name == name))

    return change


def _with_one_more(graph):
    graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(2, dtype=np.float32), "adapter"))


def _outside(graph):
    tensor = next(tensor for tensor in graph.initializer if tensor.name == "words")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="elsewhere.bin")


@pytest.mark.parametrize(
    ("bits", "change", "message"),
    [
        (32, _without("encoder.layer.1.qkv"), "encoder.layer.1.qkv"),
        (4, _without("words.scale"), "words.int4 has no words.scale"),
        (32, _with_one_more, "adapter"),
        (32, _outside, "in another file"),
    ],
)
def test_a_graph_of_another_shape_is_refused(build, bits, change, message):
    with pytest.raises(ArtifactError, match=message):
        TorchEncoder(build(bits, change=change), threads=1)


@pytest.mark.parametrize(
    ("built_with", "hint"), [(None, "pytorch.org/get-started"), ("13.0", "nvidia-smi")], ids=["without", "with"]
)
def test_cuda_that_isnt_there_is_refused_with_what_to_do(shipped, monkeypatch, built_with, hint):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", built_with)
    with pytest.raises(ConfigurationError, match=f"device 'cuda' .*{hint}"):
        TorchEncoder(shipped, threads=1, device="cuda")


def test_an_unknown_device_is_refused(shipped):
    with pytest.raises(ConfigurationError, match="device 'tpu' is unknown"):
        TorchEncoder(shipped, threads=1, device="tpu")


@pytest.fixture
def cuda_that_is_the_cpu(monkeypatch):
    """PyTorch claims a GPU, and every tensor stays on the CPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch_engine.TorchEncoder, "_place", _place_on_the_cpu)
    network = torch_engine._Network
    monkeypatch.setattr(
        torch_engine, "_Network", lambda weights, device, precision: network(weights, torch.device("cpu"), precision)
    )


def _place_on_the_cpu(encoder, ids, mask):
    return torch_engine._Batch(torch.from_numpy(ids), torch.from_numpy(mask), bool(mask.all()))


def test_a_gpu_that_isnt_used_is_refused(build, cuda_that_is_the_cpu):
    with pytest.raises(ConfigurationError, match="device 'cuda' was asked for, but PyTorch worked on cpu"):
        TorchEncoder(build(), threads=1, device="cuda")


def test_a_gpu_that_fails_is_refused_in_one_line(build, cuda_that_is_the_cpu, monkeypatch):
    def fail(*_):
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with `TORCH_USE_CUDA_DSA`")

    monkeypatch.setattr(torch_engine, "_Network", fail)
    with pytest.raises(ConfigurationError, match=r"no kernel image is available$"):
        TorchEncoder(build(), threads=1, device="cuda")
