import numpy as np
import pytest

from nlp_service.tasks.questions.finding import density
from nlp_service.tasks.questions.finding.density import OUTLIER, find_clusters, size_limit

DIMENSION = 48


@pytest.fixture
def topics():
    """Return a maker of vectors about topics that are far from each other: topic by topic, `count` each."""

    def make(number, count, noise=0.25, seed=1):
        rng = np.random.default_rng(seed)
        axes = np.linalg.qr(rng.normal(size=(DIMENSION, DIMENSION)))[0][:number]
        vectors = np.repeat(axes, count, axis=0) + noise * rng.normal(size=(number * count, DIMENSION)) / 5
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    return make


def find(vectors, least=3, sizes=None, **how):
    sizes = np.ones(len(vectors), dtype=np.intp) if sizes is None else np.array(sizes)
    return find_clusters(vectors, sizes, [f"key {row}" for row in range(len(vectors))], least, **how)


@pytest.mark.parametrize(("number", "count"), [(3, 8), (12, 20), (2, 300)])
def test_the_number_of_clusters_follows_from_the_texts(topics, number, count):
    found = find(topics(number, count))

    truth = np.repeat(np.arange(number), count)
    assert len(set(zip(found.labels.tolist(), truth.tolist(), strict=True))) == number
    assert found.labels.min() == 0
    assert np.nanmin(found.certainty) > 0.5


def test_noise_is_no_cluster(topics):
    noise = np.random.default_rng(4).normal(size=(40, DIMENSION))
    noise = (noise / np.linalg.norm(noise, axis=1, keepdims=True)).astype(np.float32)

    found = find(np.concatenate([topics(3, 20), noise]))

    assert (found.labels[60:] == OUTLIER).mean() > 0.9
    assert set(found.labels[:60].tolist()) == {0, 1, 2}


def test_strictly_what_is_loose_is_left_out(topics):
    close, loose = topics(3, 30, noise=0.3), topics(3, 30, noise=0.72, seed=5)
    left_out = [
        float((find(vectors, strict=strict).labels == OUTLIER).mean())
        for vectors in (close, loose)
        for strict in (False, True)
    ]
    assert left_out[:2] == [0.0, 0.0]
    assert left_out[2] < 0.2
    assert left_out[3] > 0.2


def test_an_unstable_cluster_is_none_if_that_is_asked():
    """Of two clusters of three questions, one keeps half of its neighbourhood to itself, the other a fifth."""
    labels, sizes = np.array([0, 0, 1, 1, OUTLIER]), np.array([1, 2, 2, 1, 1])
    certainty = np.array([0.5, 0.5, 0.1, 0.4, 0.0])
    assert density._without_unstable(labels, certainty, sizes, 0.4).tolist() == [0, 0, OUTLIER, OUTLIER, OUTLIER]
    assert density._without_unstable(labels, certainty, sizes, 0.0).tolist() == labels.tolist()


def test_english_wordings_must_be_more_alike_than_chinese_ones(topics):
    """The encoder's cosines between unrelated English texts are larger than between Chinese ones."""
    three = topics(3, 30, noise=0.1)
    vectors = np.sqrt(0.44) * three[:60] + np.sqrt(0.56) * three[60]
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    across = float((vectors[:30] @ vectors[30:].T).mean())
    one = np.ones(len(vectors), dtype=np.intp)

    def clusters(wording):
        return find_clusters(vectors, one, [f"{wording} {row}" for row in range(len(vectors))], 3).labels.max() + 1

    assert 0.54 < across < 0.60
    assert (clusters("我要退款"), clusters("refund please")) == (1, 2)


def test_a_cluster_needs_so_many_questions_not_wordings(topics):
    vectors = np.concatenate([topics(2, 8)[:8], topics(2, 8)[8:12]])

    assert set(find(vectors, least=6).labels.tolist()) == {0, OUTLIER}
    assert set(find(vectors, least=6, sizes=[1] * 8 + [2] * 4).labels.tolist()) == {0, 1}


@pytest.mark.parametrize("least", [3, 5, 12])
def test_a_few_wordings_that_ask_the_same_are_one_cluster_if_they_were_sent_often_enough(topics, least):
    assert set(find(topics(1, 3), least, sizes=[4, 4, 4]).labels.tolist()) == {0}
    assert find(topics(1, 3), 13, sizes=[4, 4, 4]).labels.max() == OUTLIER


def test_of_too_many_wordings_some_are_clustered_and_the_others_join(topics, monkeypatch):
    vectors = topics(6, 60)
    whole = find(vectors, least=10).labels
    monkeypatch.setattr(density, "MOST_CLUSTERED", 120)

    found = find(vectors, least=10)

    assert len(set(zip(found.labels.tolist(), whole.tolist(), strict=True))) == len(set(whole.tolist())) == 6
    assert np.isnan(found.certainty).sum() == 240


def test_which_wordings_are_clustered_depends_on_the_wordings_alone(topics, monkeypatch):
    monkeypatch.setattr(density, "MOST_CLUSTERED", 50)
    vectors, keys = topics(6, 30, noise=0.6), [f"key {row}" for row in range(180)]
    order = np.random.default_rng(2).permutation(180)
    one = np.ones(180, dtype=np.intp)

    chosen = ~np.isnan(find_clusters(vectors, one, keys, 5).certainty)
    shuffled = ~np.isnan(find_clusters(vectors[order], one, [keys[row] for row in order], 5).certainty)

    assert np.array_equal(chosen[order], shuffled)


def test_the_limit_grows_with_the_square_root():
    assert [size_limit(count) for count in (0, 100, 2_400, 240_000)] == [3, 3, 10, 100]
