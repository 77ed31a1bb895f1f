import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_service.tasks.questions.finding.themes import find_themes, positions


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def test_clusters_about_one_subject_are_a_theme():
    axes = np.eye(8)
    clusters = [unit(axes[[0, 0]] + 0.4 * axes[[row, row]]).astype(np.float32) for row in (1, 2, 3)]
    other = unit(axes[[5, 5]]).astype(np.float32)

    assert find_themes([clusters[0], other, clusters[1], clusters[2]]).tolist() == [0, 1, 0, 0]


def test_no_clusters_have_no_themes():
    assert find_themes([]).tolist() == []
    assert positions(np.empty((0, 8))).shape == (0, 2)


def test_what_is_alike_is_near_on_the_map():
    rng = np.random.default_rng(0)
    middles = unit(np.repeat(np.eye(12)[:3], 5, axis=0) + 0.1 * rng.normal(size=(15, 12)))

    places = positions(middles)
    apart = np.linalg.norm(places[:, None] - places, axis=2)
    same = np.equal.outer(np.arange(15) // 5, np.arange(15) // 5)

    assert apart[same].max() < apart[~same].min()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(0, 99), st.booleans())
def test_every_place_is_on_the_map(count, seed, equal):
    middles = unit(np.random.default_rng(seed).normal(size=(1 if equal else count, 6)))

    places = positions(np.repeat(middles, count if equal else 1, axis=0))

    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    assert np.abs(places).max() <= 1 + 1e-9
