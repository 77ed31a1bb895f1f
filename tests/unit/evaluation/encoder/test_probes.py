"""Linear probes and nearest neighbours on frozen vectors."""

import numpy as np
import pytest

from evaluation.encoder.probes import draw, few_shot, few_shot_of_rest, linear_probe, nearest_neighbours, score

PROBES = pytest.mark.parametrize("fit", [linear_probe, nearest_neighbours])


@PROBES
def test_a_perfect_encoder_is_always_right(fit, samples, oracle):
    vectors = oracle(samples.texts)
    assert score(fit(vectors[::2], samples.labels[::2]), vectors[1::2], samples.labels[1::2]) == {
        "accuracy": 1.0,
        "macro_f1": 1.0,
    }


@PROBES
def test_meaningless_vectors_are_right_by_chance(fit, samples, blind):
    vectors = blind(samples.texts)
    figures = score(fit(vectors[::2], samples.labels[::2]), vectors[1::2], samples.labels[1::2])
    assert figures["accuracy"] < 0.5


def test_a_probe_reads_a_narrow_cone_as_well_as_the_whole_sphere():
    chance = np.random.default_rng(0)
    directions = chance.standard_normal((200, 8))
    labels = [str(direction.argmax()) for direction in directions]
    cone = np.concatenate([np.full((200, 1), 9.0), directions], axis=1)
    sphere = np.concatenate([np.zeros((200, 1)), directions], axis=1)
    accuracies = []
    for rows in (cone, sphere):
        vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        figures = score(linear_probe(vectors[:100], labels[:100]), vectors[100:], labels[100:])
        accuracies.append(figures["accuracy"])
    assert abs(accuracies[0] - accuracies[1]) <= 0.05


def test_a_near_neighbour_outvotes_several_far_ones():
    angles = np.array([0.0, 0.8, 0.81, 0.82])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    asked = np.array([[np.cos(0.1), np.sin(0.1)]], dtype=np.float32)
    assert nearest_neighbours(vectors, ["a", "b", "b", "b"])(asked) == ["a"]


def test_as_many_examples_of_each_label_as_there_are():
    labels = ["a"] * 10 + ["b"] * 3
    drawn = draw(labels, 5, seed=0)
    assert drawn[:10].sum() == 5
    assert drawn[10:].all()
    assert np.array_equal(drawn, draw(labels, 5, seed=0))
    assert any(not np.array_equal(drawn, draw(labels, 5, seed=seed)) for seed in range(1, 5))


def test_few_examples_suffice_a_perfect_encoder(samples, oracle, blind):
    vectors, nothing = oracle(samples.texts), blind(samples.texts)
    assert few_shot((vectors, samples.labels), (vectors, samples.labels), 1, seed=0)["accuracy"] == 1.0
    assert few_shot_of_rest(vectors, samples.labels, 5, seed=0)["accuracy"] == 1.0
    # Scored on the rows that weren't drawn: examples known by heart don't help.
    assert few_shot_of_rest(nothing, samples.labels, 5, seed=0)["accuracy"] < 0.45
    # Of a label with three rows two are examples, so that one is left to be scored on.
    few = [samples.labels.index(label) + row for label in dict.fromkeys(samples.labels) for row in range(3)]
    assert few_shot_of_rest(vectors[few], [samples.labels[row] for row in few], 5, seed=0)["accuracy"] == 1.0
