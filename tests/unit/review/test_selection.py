"""Which of the uncertain texts are chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlp_service.review.selection import SAME, UNRELATED, choose


@pytest.fixture
def pick(make_candidate):
    """Chooses among texts given as (group, uncertainty), of equal length; those of one group are nearly the same."""

    def pick(texts, count, times=None, lengths=None):
        vectors = np.zeros((len(texts), 16), dtype=np.float32)
        for row, (group, _) in enumerate(texts):
            vectors[row, group] = 1.0
        lengths = lengths or [10] * len(texts)
        candidates = [
            (make_candidate("长" * length, doubt, row), often)
            for row, ((_, doubt), length, often) in enumerate(
                zip(texts, lengths, times or [1] * len(texts), strict=True)
            )
        ]
        return choose(candidates, vectors, count)

    return pick


def test_no_two_that_say_the_same_while_others_are_left(pick):
    assert pick([(0, 0.9), (0, 0.9), (0, 0.9), (1, 0.5), (2, 0.4)], 3) == [0, 3, 4]


def test_what_many_uncertain_texts_resemble_comes_before_an_outlier(pick):
    assert pick([(0, 0.9), (1, 0.7), (1, 0.7), (1, 0.7)], 1) == [1]


def test_a_frequent_text_comes_before_a_rare_one(pick):
    assert pick([(0, 0.6), (1, 0.5)], 1, times=[1, 100]) == [1]


def test_of_two_alike_the_shorter_one_is_read(pick):
    assert pick([(0, 0.6), (0, 0.6)], 1, lengths=[900, 10]) == [1]


def test_a_sure_text_stands_for_nobody(pick):
    assert pick([(0, 0.0), (0, 0.5), (0, 0.5)], 1) == [1]


def test_all_are_chosen_once_if_as_many_are_wanted(pick):
    chosen = pick([(0, 0.9), (0, 0.9), (1, 0.0)], 10)
    assert chosen[0] == 0
    assert sorted(chosen) == [0, 1, 2]


def _direct(doubts, times, lengths, vectors, count):
    """The same choice, computed anew for every step."""
    likeness = np.clip((vectors @ vectors.T - UNRELATED) / (SAME - UNRELATED), 0, 1)
    np.fill_diagonal(likeness, 1)
    covered, chosen = np.zeros(len(doubts)), []
    for _ in range(count):
        gains = (np.maximum(likeness - covered, 0) @ (doubts * np.sqrt(times))) * doubts / (1 + lengths / 200)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        covered = np.maximum(covered, likeness[chosen[-1]])
    return chosen


@given(
    seed=st.integers(0, 2**32 - 1),
    doubts=arrays(np.float64, 40, elements=st.sampled_from([0.2, 0.35, 0.5, 0.8])),
)
def test_the_choice_is_the_greedy_one(seed, doubts, make_candidate):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(len(doubts), 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    times, lengths = generator.integers(1, 9, len(doubts)), generator.integers(1, 400, len(doubts))
    candidates = [
        (make_candidate("长" * length, doubt), int(often))
        for doubt, length, often in zip(doubts, lengths, times, strict=True)
    ]
    # Fewer than it takes to cover everything: then gains are told apart by more than rounding.
    assert choose(candidates, vectors, 4) == _direct(doubts, times, lengths, vectors, 4)
