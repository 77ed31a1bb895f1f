import numpy as np
import pytest

from nlp_service.tasks.questions.finding.neighbourhood import Neighbourhood


@pytest.fixture
def two_topics():
    """Twenty vectors about each of two topics, shape (40, 16)."""
    rng = np.random.default_rng(3)
    vectors = np.repeat(np.eye(16)[:2], 20, axis=0) + 0.15 * rng.normal(size=(40, 16))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def spread(vectors):
    return float(np.mean(vectors @ vectors.T))


def test_smoothing_draws_a_topic_together_and_topics_not(two_topics):
    smooth = Neighbourhood.of(two_topics).smooth(two_topics)

    assert np.allclose(np.linalg.norm(smooth, axis=1), 1)
    assert spread(smooth[:20]) > spread(two_topics[:20]) + 0.1
    assert float(np.mean(smooth[:20] @ smooth[20:].T)) < 0.2


def test_agreement_is_whole_inside_a_topic_and_none_for_a_stray_label(two_topics):
    neighbourhood = Neighbourhood.of(two_topics)
    labels = np.repeat([0, 1], 20)
    labels[0] = 1

    agreement = neighbourhood.agreement(labels)

    assert agreement[0] == 0
    assert agreement[20:].min() > 0.9
    assert agreement.max() <= 1 + 1e-9


def test_weights_are_shares(two_topics):
    weights = Neighbourhood.of(two_topics).weights

    assert np.allclose(weights.sum(axis=1), 1)
    assert not weights.diagonal().any()


@pytest.mark.parametrize("count", [2, 3, 4])
def test_very_few_vectors_have_neighbours_too(count):
    vectors = np.eye(4, dtype=np.float32)[:count]

    assert Neighbourhood.of(vectors).smooth(vectors).shape == (count, 4)
