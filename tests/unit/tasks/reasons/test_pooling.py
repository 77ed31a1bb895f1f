"""One distribution for a text from those of its sentences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.tasks.reasons.documents import pool

PARTS = st.just(0.0) | st.floats(0.001, 1)
SENTENCES = st.lists(
    st.lists(PARTS, min_size=4, max_size=4).map(lambda parts: np.array(parts[:3]) / max(sum(parts), 1e-3)),
    min_size=1,
    max_size=8,
).map(np.array)
"""Of three codes, the last of them small talk."""
SMALL_TALK = np.array([False, False, True])


@given(SENTENCES, st.data())
def test_pooling_gives_a_distribution_and_shares_of_one_vote(sentences, data):
    weights = st.lists(st.floats(0.01, 1), min_size=len(sentences), max_size=len(sentences))
    pooled, votes = pool(sentences, np.array(data.draw(weights)), SMALL_TALK)
    assert pooled.shape == (3,)
    assert votes.shape == (len(sentences),)
    assert (pooled >= -1e-12).all()
    assert pooled.sum() <= 1 + 1e-9
    assert (votes >= -1e-12).all()
    assert votes.sum() == pytest.approx(1)


@given(SENTENCES)
def test_a_single_sentence_pools_to_itself(sentences):
    pooled, votes = pool(sentences[:1], np.ones(1), SMALL_TALK)
    assert np.allclose(pooled, sentences[0])
    assert votes.tolist() == [1]


def test_a_clear_sentence_outweighs_vague_ones():
    pooled, votes = pool(np.array([[0.9, 0.05, 0.0], *[[0.3, 0.35, 0.3]] * 5]), np.ones(6), SMALL_TALK)
    assert pooled.argmax() == 0
    assert votes[0] > 0.5


def test_sentences_out_of_scope_dont_push_a_text_out_of_scope():
    pooled, _ = pool(np.array([[0.95, 0.0, 0.0], *[[0.01, 0.01, 0.01]] * 9]), np.ones(10), SMALL_TALK)
    assert pooled[0] > 0.9


def test_a_greeting_says_nothing_where_something_else_does():
    pooled, _ = pool(np.array([[0.0, 0.99, 0.0], [0.9, 0.0, 0.0]]), np.array([0.05, 1.0]), SMALL_TALK)
    assert pooled[0] > 0.8


def test_small_talk_is_the_reason_only_where_there_is_no_other():
    sentences = np.array([[0.0, 0.0, 0.99], [0.7, 0.0, 0.0], [0.0, 0.0, 0.99]])
    assert pool(sentences, np.ones(3), SMALL_TALK)[0].argmax() == 0
    assert pool(sentences[[0, 2]], np.ones(2), SMALL_TALK)[0].argmax() == 2
