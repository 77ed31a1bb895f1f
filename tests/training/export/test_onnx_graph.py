"""The graph that ships, in every stored precision, against PyTorch."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("torch")
pytest.importorskip("transformers")

from nlp_service import artifact  # noqa: E402
from nlp_service.embedding.encoder.onnx import MODEL, TOKENIZER, OnnxEncoder  # noqa: E402
from training import onnx_graph, reference  # noqa: E402
from training.checkpoint import BLOCK  # noqa: E402

QUANTISERS = {4: onnx_graph.quantise, 8: onnx_graph.quantise_8}


@pytest.fixture
def encoder(tmp_path, checkpoint, words):
    """Builds an artefact of the tiny checkpoint and opens it as the service does."""

    def build(bits, word_bits=None):
        onnx.save(onnx_graph.build(checkpoint, words, bits, word_bits), tmp_path / MODEL)
        (tmp_path / TOKENIZER).write_text(checkpoint.tokenizer, encoding="utf-8")
        config = {"dimension": checkpoint.hidden, "max_tokens": 64, "prefix": "", "pad_id": 1}
        files = [MODEL, TOKENIZER]
        artifact.write(tmp_path, kind="encoder", name="n", version="1", files=files, config=config, command="test")
        return OnnxEncoder(artifact.load(tmp_path, "encoder"), threads=1)

    return build


def matrix(seed=0, rows=24, columns=96):
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)


def restored(integers, scales):
    blocks = integers.reshape(len(integers), -1, BLOCK).astype(np.float32) * scales.astype(np.float32)[..., None]
    return blocks.reshape(integers.shape)


@pytest.mark.parametrize(("bits", "largest"), [(4, 1.01), (8, 0.57)])
def test_rounding_errs_by_less_than_the_step_of_its_block(bits, largest):
    """Of 4 bits by up to a whole one: ±8 steps are needed, and there are only 7 on one side."""
    values = matrix()
    integers, scales = QUANTISERS[bits](values)
    error = np.abs(restored(integers, scales) - values).reshape(len(values), -1, BLOCK)
    assert (error / np.abs(scales.astype(np.float32))[..., None]).max() <= largest


@pytest.mark.parametrize("bits", [4, 8])
def test_what_was_quantised_once_stays_as_it_is(bits):
    once = restored(*QUANTISERS[bits](matrix()))
    assert np.array_equal(restored(*QUANTISERS[bits](once)), once)


@pytest.mark.parametrize("bits", [4, 8])
def test_a_block_of_zeros_stays_zero(bits):
    integers, scales = QUANTISERS[bits](np.zeros((2, BLOCK), dtype=np.float32))
    assert not integers.any() and not scales.any()


@pytest.mark.parametrize(
    ("bits", "word_bits", "lowest"), [(32, None, 0.9999), (8, None, 0.999), (32, 8, 0.999), (4, None, 0.9), (8, 4, 0.9)]
)
def test_vectors_are_those_of_pytorch(encoder, checkpoint, texts, bits, word_bits, lowest):
    opened = encoder(bits, word_bits)
    ours, original = opened.encode(opened.tokenize(texts)), reference.encode(checkpoint, texts)
    assert np.sum(ours * original, axis=1).min() >= lowest
    assert np.linalg.norm(ours, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("bits", onnx_graph.STORED_BITS)
def test_a_vector_does_not_depend_on_batch_neighbours(encoder, texts, bits):
    opened = encoder(bits)
    sequences = opened.tokenize(texts)
    alone = np.concatenate([opened.encode([sequence]) for sequence in sequences])
    assert np.abs(opened.encode(sequences) - alone).max() <= 1e-5


def test_words_and_matrices_are_stored_in_their_own_precision(checkpoint, words):
    def types(bits, word_bits):
        tensors = onnx_graph.build(checkpoint, words, bits, word_bits).graph.initializer
        return {tensor.name: onnx.TensorProto.DataType.Name(tensor.data_type) for tensor in tensors}

    mixed = types(8, 4)
    assert mixed["words.int4"] == "INT4" and mixed["encoder.layer.0.qkv.int8"] == "INT8"
    assert types(4, 32)["words"] == "FLOAT" and types(4, 32)["encoder.layer.0.qkv.int4"] == "INT4"
    assert types(8, None).keys() == types(8, 8).keys()


def test_another_precision_is_refused(checkpoint, words):
    with pytest.raises(ValueError, match="not in 16"):
        onnx_graph.build(checkpoint, words, 16)
