"""Vectors that half the space holds without loss."""

import numpy as np

from nlp_service.embedding.encoder.fake import FakeEncoder
from nlp_service.embedding.half_precision import HalfPrecision


def test_vectors_survive_being_kept_in_half_the_space():
    encoder = FakeEncoder()
    sequences = encoder.tokenize(["什么时候发货", "退款", "Where is my parcel?"])
    vectors = HalfPrecision(encoder).encode(sequences)
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors.astype(np.float16).astype(np.float32), vectors)
    assert np.abs(vectors - encoder.encode(sequences)).max() < 2**-11 * np.abs(vectors).max()


def test_nothing_else_changes():
    encoder = FakeEncoder(8)
    half = HalfPrecision(encoder)
    assert half.info == encoder.info
    assert half.tokenize(["退款"]) == encoder.tokenize(["退款"])
