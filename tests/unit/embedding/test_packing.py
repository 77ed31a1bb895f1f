"""Vectors as bytes: half as many where nothing is lost, and always the same numbers again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.embedding.cache.packing import pack, unpack

DIMENSION = 6
HALF_BYTES = DIMENSION * 2
SINGLE_BYTES = DIMENSION * 4


def _numbers(dtype):
    """Vectors of all the numbers that there are in `dtype`, as single precision."""
    size = DIMENSION * np.dtype(dtype).itemsize
    return st.binary(min_size=size, max_size=size).map(
        lambda some: np.nan_to_num(np.frombuffer(some, dtype), posinf=np.inf, neginf=-np.inf).astype(np.float32)
    )


SINGLES = _numbers("<f4")
HALVES = _numbers("<f2")


@given(st.lists(st.one_of(SINGLES, HALVES), min_size=1, max_size=8))
def test_what_was_packed_comes_back_number_for_number(vectors):
    found = unpack(pack(vectors), DIMENSION)
    assert np.array_equal(found, vectors)
    assert all(vector.dtype == np.float32 for vector in found)


@given(st.lists(HALVES, min_size=1, max_size=8))
def test_a_vector_that_was_rounded_to_half_precision_takes_half_the_room(vectors):
    assert {len(packed) for packed in pack(vectors)} == {HALF_BYTES}


def test_a_vector_that_would_lose_a_bit_is_kept_whole():
    vectors = np.ones((3, DIMENSION), dtype=np.float32)
    vectors[1, 4] = 0.1
    vectors[2, 0] = 1e-9
    assert [len(packed) for packed in pack(list(vectors))] == [HALF_BYTES, SINGLE_BYTES, SINGLE_BYTES]


@pytest.mark.parametrize(
    "stranger",
    [None, b"", b"x", bytes(HALF_BYTES + 1), bytes(SINGLE_BYTES - 1), 7, "text", [], ValueError("WRONGTYPE")],
)
def test_what_cant_be_a_vector_is_none_and_moves_no_other(stranger):
    first, second = np.full((2, DIMENSION), 0.5, dtype=np.float32) * [[1], [0.1]]
    packed = pack([first, second])
    found = unpack([stranger, packed[0], stranger, packed[1], stranger], DIMENSION)
    assert [vector is None for vector in found] == [True, False, True, False, True]
    assert np.array_equal([found[1], found[3]], np.array([first, second], dtype=np.float32))


def test_a_vector_that_comes_back_may_be_changed():
    (vector,) = unpack(pack([np.ones(DIMENSION, dtype=np.float32)]), DIMENSION)
    vector *= 2
    assert vector[0] == 2
