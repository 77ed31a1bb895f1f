import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_service.tasks.questions.finding.linkage import linked


def around(*angles):
    return np.array([[np.cos(angle), np.sin(angle)] for angle in np.radians(angles)])


def brute_force(vectors, counts, least):
    """The same by comparing all pairs of members each time."""
    sets = [[row] for row in range(len(vectors))]
    while len(sets) > 1:
        pairs = {
            (i, j): np.sum([vectors[a] @ vectors[b] for a in sets[i] for b in sets[j]])
            / (sum(counts[a] for a in sets[i]) * sum(counts[b] for b in sets[j]))
            for i in range(len(sets))
            for j in range(i)
        }
        (i, j), best = max(pairs.items(), key=lambda pair: pair[1])
        if best < least:
            break
        sets[j] += sets.pop(i)
    return {frozenset(one) for one in sets}


def test_alike_sets_are_joined_and_others_are_not():
    labels = linked(around(0, 10, 90, 100, 200), np.ones(5, dtype=np.intp), 0.9)

    assert labels.tolist() == [0, 0, 1, 1, 2]


def test_a_chain_is_not_one_set_because_all_members_count():
    labels = linked(around(0, 25, 50, 75, 100), np.ones(5, dtype=np.intp), 0.8)

    assert len(set(labels.tolist())) > 1
    assert labels[0] != labels[4]


def test_the_height_decides_how_many_are_left():
    vectors, one = around(0, 20, 60, 80), np.ones(4, dtype=np.intp)

    assert [len(set(linked(vectors, one, least).tolist())) for least in (1.1, 0.9, 0.3)] == [4, 2, 1]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_join(count):
    assert linked(np.ones((count, 3)), np.ones(count, dtype=np.intp), 0.5).tolist() == [0] * count


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 360), min_size=2, max_size=9), st.floats(-0.5, 1.0), st.integers(0, 99))
def test_it_is_average_linkage(angles, least, seed):
    counts = np.random.default_rng(seed).integers(1, 5, len(angles))
    # Distinct means: which of two equal pairs is joined first is nobody's business.
    jitter = np.random.default_rng(seed + 1).normal(scale=0.01, size=(len(angles), 2))
    sums = (around(*angles) + jitter) * counts[:, None]

    labels = linked(sums, counts, least)

    found = {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}
    assert found == brute_force(sums, counts, least)
