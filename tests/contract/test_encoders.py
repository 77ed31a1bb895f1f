"""What every encoder promises (`contracts.Encoder`), and that the exported model is the original."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nlp_service.embedding.encoder.fake import FakeEncoder
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.errors import ConfigurationError
from nlp_service.text import prepare

TOLERANCE = 1e-6
MIN_REFERENCE_COSINE = 0.999
CHINESE_AND_ENGLISH = [
    "嗯",
    "退款",
    "快递三天没动了，麻烦催一下好吗？",
    "這件外套的釦子掉了，可以補寄嗎",
    "Where is my parcel?",
    "I ordered two lamps last Friday and only one of them was in the box, so please send me the other one.",
    "订单 9920-11 里的杯子碎了，照片已经发给客服，三天了都没有人回复，我要求全额退款并赔偿运费。",
    "1",
    "!!",
]
OTHER_SCRIPTS = [
    "荷物がまだ届いていません。",
    "返金をお願いします。",
    "طلبي لم يصل بعد",
    "أريد استرجاع نقودي",
    "พัสดุยังไม่มาถึง",
    "ขอเปลี่ยนสินค้าได้ไหม",
    "😀",
    "😡😡",
    "Где мой заказ?",
    "환불해 주세요",
]
ALMOST_NOTHING = ["。", "？", "…", "~", "-"]
MEDIUM = "上个月在你们家买的空气炸锅，" + "用了不到两周就不加热了，" * 6
LONG = "客服一直让我等但是没有任何结果" * 200
"""Costs as much as a hundred sentences, and as much again for every neighbour padded to its length."""


@pytest.fixture(params=["fake", "onnx", "torch"])
def encoder(request):
    return FakeEncoder() if request.param == "fake" else request.getfixturevalue(f"{request.param}_encoder")


def _vectors(encoder, texts):
    return encoder.encode(encoder.tokenize(texts))


def _largest_difference(a, b):
    return float(np.abs(a - b).max())


def test_vectors_have_unit_length_and_the_dimension_announced(encoder):
    vectors = _vectors(encoder, CHINESE_AND_ENGLISH)
    assert vectors.shape == (len(CHINESE_AND_ENGLISH), encoder.info.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_is_the_same_alone_in_a_batch_and_in_any_order(encoder):
    sequences = encoder.tokenize([*CHINESE_AND_ENGLISH, *OTHER_SCRIPTS, MEDIUM])
    batched = encoder.encode(sequences)
    alone = np.concatenate([encoder.encode([sequence]) for sequence in sequences])
    order = np.random.default_rng(1).permutation(len(sequences))
    permuted = np.empty_like(batched)
    permuted[order] = encoder.encode([sequences[position] for position in order])
    assert _largest_difference(alone, batched) <= TOLERANCE
    assert _largest_difference(permuted, batched) <= TOLERANCE


def test_a_vector_is_the_same_beside_the_longest_text_there_can_be(encoder):
    short, long = encoder.tokenize(["嗯", LONG])
    batched = encoder.encode([short, long])
    assert _largest_difference(encoder.encode([short])[0], batched[0]) <= TOLERANCE
    assert np.linalg.norm(batched[1]) == pytest.approx(1, abs=1e-5)


def test_a_batch_of_one_text_many_times_gives_one_vector(encoder):
    vectors = _vectors(encoder, ["快递三天没动了"] * 33)
    assert _largest_difference(vectors, vectors[0]) <= TOLERANCE


def test_token_sequences_are_never_empty_and_never_too_long(encoder):
    texts = ["", " ", *CHINESE_AND_ENGLISH, *OTHER_SCRIPTS, LONG]
    lengths = [len(sequence) for sequence in encoder.tokenize(texts)]
    assert len(lengths) == len(texts)
    assert min(lengths) >= 1
    assert max(lengths) == lengths[-1] == encoder.info.max_tokens
    assert encoder.tokenize([]) == []


def test_tokens_dont_depend_on_the_neighbours(encoder):
    texts = [*CHINESE_AND_ENGLISH, *OTHER_SCRIPTS, LONG]
    assert encoder.tokenize(texts) == [encoder.tokenize([text])[0] for text in texts]


def test_it_may_be_called_from_several_threads_at_once(encoder):
    texts = [*CHINESE_AND_ENGLISH[::2], *OTHER_SCRIPTS[::2]]
    expected = _vectors(encoder, texts)

    def work(seed):
        order = np.random.default_rng(seed).permutation(len(texts))
        vectors = np.empty_like(expected)
        vectors[order] = _vectors(encoder, [texts[position] for position in order])
        return _largest_difference(vectors, expected)

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(work, range(8))) <= TOLERANCE


def test_every_script_gets_a_sane_vector_and_different_texts_different_ones(encoder):
    texts = [*CHINESE_AND_ENGLISH, *OTHER_SCRIPTS, *ALMOST_NOTHING]
    vectors = _vectors(encoder, texts)
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, 0)
    nearest = np.unravel_index(similarity.argmax(), similarity.shape)
    assert similarity.max() < 0.9999, [texts[position] for position in nearest]


def test_an_empty_text_gets_a_finite_vector(encoder):
    vectors = _vectors(encoder, ["", "退款"])
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_it_says_what_it_is(encoder):
    assert len(encoder.info.digest) == 64
    assert encoder.info.device == "cpu"
    assert encoder.info.precision == "float32"
    assert encoder.info.engine in {"fake", "onnxruntime", "torch"}
    assert encoder.info.max_tokens >= 128


# --- the shipped model -------------------------------------------------------------------------------------------


def test_the_shipped_encoder_gives_the_original_models_vectors(onnx_encoder, encoder_artifact):
    texts = [prepare(text) for text in encoder_artifact.config["reference_texts"]]
    original = encoder_artifact.tensors("reference.safetensors")["vectors"]
    assert original.shape == (len(texts), onnx_encoder.info.dimension)
    assert len({row.tobytes() for row in original}) == len(texts)
    original = original / np.linalg.norm(original, axis=1, keepdims=True)
    cosines = (_vectors(onnx_encoder, texts) * original).sum(axis=1)
    assert cosines.min() >= MIN_REFERENCE_COSINE, dict(zip(texts, cosines.round(5).tolist(), strict=True))


def test_the_shipped_encoder_knows_meaning_from_wording(onnx_encoder):
    vectors = _vectors(onnx_encoder, ["快递怎么还没到", "包裹好几天了一直没送来", "怎么开电子发票"])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.01


@pytest.mark.parametrize("device", ["cuda", "tpu"])
def test_a_device_that_isnt_there_is_refused(encoder_artifact, device):
    with pytest.raises(ConfigurationError, match=device):
        OnnxEncoder(encoder_artifact, threads=1, device=device)
