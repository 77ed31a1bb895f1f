"""The small classifier on the encoder's vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nlp_service import artifact
from nlp_service.errors import ArtifactError
from nlp_service.heads import HEAD, Head, Layer, softmax


def one_layer(labels, weights, biases):
    return Head(labels, (Layer(np.array(weights, dtype=np.float32), np.array(biases, dtype=np.float32)),))


HEAD_OF_THREE = one_layer(("a", "b", "c"), [[3, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0]], [0, 0.5, 0])
ROWS = hnp.arrays(np.float32, st.tuples(st.integers(1, 20), st.just(4)), elements=st.floats(-1, 1, width=32))


def test_what_was_saved_is_read(make_head, encoder_digest):
    head = Head.from_artifact(
        make_head({"a": [1, 2, 3, 4], "b": [5, 6, 7, 8]}, biases=[0.5, -0.5]), encoder_digest=encoder_digest
    )
    assert head.labels == ("a", "b")
    (layer,) = head.layers
    assert layer.weights.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert layer.biases.tolist() == [0.5, -0.5]


def test_a_hidden_layer_is_rectified(tmp_path, encoder_digest):
    hidden = Layer(np.array([[1, 0], [-1, 0]], dtype=np.float32), np.zeros(2, dtype=np.float32))
    last = Layer(np.array([[1, 0], [0, 1]], dtype=np.float32), np.zeros(2, dtype=np.float32))
    Head(("a", "b"), (hidden, last)).save(tmp_path)
    config = {"encoder_digest": encoder_digest, "labels": ["a", "b"]}
    artifact.write(tmp_path, kind="kinds", name="n", version="1", files=[HEAD], config=config, command="test")
    head = Head.from_artifact(artifact.load(tmp_path, "kinds"), encoder_digest=encoder_digest)
    probabilities = head.probabilities(np.array([[2, 9], [-2, 9]], dtype=np.float32))
    up = np.exp(2) / (np.exp(2) + 1)
    assert np.allclose(probabilities, [[up, 1 - up], [1 - up, up]])


def test_a_head_of_another_encoder_is_refused(make_head):
    with pytest.raises(ArtifactError, match="trained on encoder eeeeeeeeeeee, not on ffffffffffff"):
        Head.from_artifact(make_head({"a": [1, 0, 0, 0]}), encoder_digest="f" * 64)


def test_labels_are_needed_as_a_set(make_head, encoder_digest):
    made = make_head({"a": [1, 0], "b": [0, 1]})
    assert Head.from_artifact(made, encoder_digest=encoder_digest, labels=["b", "a"]).labels == ("a", "b")
    for labels in (["a"], ["a", "b", "c"], ["a", "c"]):
        with pytest.raises(ArtifactError, match=r"labels a, b; needed"):
            Head.from_artifact(made, encoder_digest=encoder_digest, labels=labels)


@pytest.mark.parametrize(
    ("rows", "biases"), [([[1.0, 0.0]], [0.0, 0.0]), ([[1.0, 0.0]] * 2, [0.0]), ([[1.0, 0.0]] * 3, [0.0] * 3)]
)
def test_tensors_that_dont_fit_the_labels_are_refused(tmp_path, encoder_digest, rows, biases):
    one_layer(("a", "b"), rows, biases).save(tmp_path)
    config = {"encoder_digest": encoder_digest, "labels": ["a", "b"]}
    artifact.write(tmp_path, kind="kinds", name="n", version="1", files=[HEAD], config=config, command="test")
    with pytest.raises(ArtifactError, match="fit"):
        Head.from_artifact(artifact.load(tmp_path, "kinds"), encoder_digest=encoder_digest)


def test_probabilities_are_the_softmax():
    expected = np.exp([3, 0.5, 0]) / np.exp([3, 0.5, 0]).sum()
    assert HEAD_OF_THREE.probabilities(np.array([[1, 0, 0, 0]], dtype=np.float32))[0] == pytest.approx(expected)


def test_logits_are_what_comes_before_the_softmax():
    vectors = np.array([[1, 0, 0, 0], [0.5, 1, -1, 0]], dtype=np.float32)
    assert HEAD_OF_THREE.logits(vectors).tolist() == [[3, 0.5, 0], [1.5, 3.5, -3]]
    assert (softmax(HEAD_OF_THREE.logits(vectors)) == HEAD_OF_THREE.probabilities(vectors)).all()


@given(hnp.arrays(np.float64, (3, 4), elements=st.floats(-1e3, 1e3)), st.floats(-1e3, 1e3))
def test_a_constant_on_all_logits_changes_nothing(logits, constant):
    assert np.allclose(softmax(logits + constant), softmax(logits), atol=1e-9)


@given(ROWS)
def test_rows_are_distributions(vectors):
    probabilities = HEAD_OF_THREE.probabilities(vectors)
    assert probabilities.shape == (len(vectors), 3)
    assert (probabilities >= 0).all()
    assert np.allclose(probabilities.sum(axis=1), 1)


@given(ROWS)
def test_a_row_doesnt_depend_on_the_others(vectors):
    alone = np.concatenate([HEAD_OF_THREE.probabilities(row[None]) for row in vectors])
    assert np.allclose(alone, HEAD_OF_THREE.probabilities(vectors), rtol=0, atol=1e-12)


def test_large_weights_neither_overflow_nor_warn():
    head = one_layer(("a", "b"), [[1e6], [-1e6]], [0, 0])
    assert head.probabilities(np.array([[1], [-1]], dtype=np.float32)).tolist() == [[1, 0], [0, 1]]


def test_no_vectors_no_probabilities():
    assert HEAD_OF_THREE.probabilities(np.zeros((0, 4), dtype=np.float32)).shape == (0, 3)


def with_experts():
    """Two labels and two experts: the first component picks the expert, each speaks for one label."""
    weights = np.zeros((8, 2), dtype=np.float32)
    weights[2:4, 0] = [50, -50]
    biases = np.array([0.5, 0, 0, 0, 3, 0, 0, 3], dtype=np.float32)
    return Head(("a", "b"), (Layer(weights, biases),))


def test_the_expert_that_the_gate_chooses_speaks():
    logits = with_experts().logits(np.array([[1, 0], [-1, 0], [0, 7]], dtype=np.float32))
    assert np.allclose(logits, [[3.5, 0], [0.5, 3], [2, 1.5]])


def test_a_head_with_experts_is_read_as_it_was_saved(tmp_path, encoder_digest):
    with_experts().save(tmp_path)
    config = {"encoder_digest": encoder_digest, "labels": ["a", "b"]}
    artifact.write(tmp_path, kind="kinds", name="n", version="1", files=[HEAD], config=config, command="test")
    head = Head.from_artifact(artifact.load(tmp_path, "kinds"), encoder_digest=encoder_digest)
    assert head.experts == 2
    assert (
        head.logits(np.eye(2, dtype=np.float32)).tolist() == with_experts().logits(np.eye(2, dtype=np.float32)).tolist()
    )
