"""The linear model over n-grams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from nlp_service import artifact
from nlp_service.errors import ArtifactError
from nlp_service.lexicon import LEXICON, Lexicon
from nlp_service.text import BUCKETS, NGRAMS_VERSION, ngrams

NONE = np.zeros(0, dtype=np.int64)
KNOWN = np.array([3, 8, 20, BUCKETS - 1])
SMALL = Lexicon(
    KNOWN,
    np.array([[1, 0, -1], [0, 2, 0], [-4, 0, 4], [0.5, 0.5, 0.5]], dtype=np.float32),
    np.array([0.25, 0, -0.25], dtype=np.float32),
)
GENERATOR = np.random.default_rng(0)
LARGE = Lexicon(
    np.sort(GENERATOR.choice(300, 200, replace=False)),
    GENERATOR.normal(size=(200, 3)).astype(np.float32),
    GENERATOR.normal(size=3).astype(np.float32),
)
SETS = st.lists(st.integers(0, 299), unique=True, max_size=120).map(
    lambda buckets: np.array(sorted(buckets), dtype=np.int64)
)


def written(folder, **changed):
    """An artefact of `SMALL` with other tensors (None drops one) or another `ngrams` version."""
    config = {"ngrams": changed.pop("ngrams", NGRAMS_VERSION)}
    whole = {"buckets": KNOWN.astype(np.uint32), "weights": SMALL.weights, "biases": SMALL.biases} | changed
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in whole.items() if tensor is not None}
    (folder / LEXICON).write_bytes(save(tensors))
    artifact.write(folder, kind="kinds", name="n", version="1", files=[LEXICON], config=config, command="test")
    return artifact.load(folder, "kinds")


def test_known_ngrams_speak_unknown_ones_only_count():
    logits = SMALL.logits([np.array([3, 8]), np.array([3]), np.array([3, 4, 5, 6])])
    assert logits.dtype == np.float32
    expected = np.array([[1, 2, -1], [1, 0, -1], [1, 0, -1]]) / np.sqrt([[2], [1], [4]]) + SMALL.biases
    assert np.allclose(logits, expected, atol=1e-6)


def test_a_text_of_unknown_ngrams_or_of_none_gets_the_biases():
    assert (SMALL.logits([NONE, np.array([0, 5, 21])]) == SMALL.biases).all()


def test_no_texts_no_logits():
    assert SMALL.logits([]).shape == (0, 3)


def test_the_lexicon_reads_what_ngrams_gives():
    buckets = ngrams("物流好慢")
    weights = np.zeros((len(buckets), 2), dtype=np.float32)
    weights[:, 0] = 1
    lexicon = Lexicon(buckets, weights, np.zeros(2, dtype=np.float32))
    slow, other = lexicon.logits([buckets, ngrams("thanks")])
    assert slow == pytest.approx([np.sqrt(len(buckets)), 0])
    assert other.tolist() == [0, 0]


@given(st.lists(SETS, min_size=1, max_size=8))
def test_a_row_doesnt_depend_on_the_others_by_a_single_bit(texts):
    alone = np.concatenate([LARGE.logits([text]) for text in texts])
    assert alone.tobytes() == LARGE.logits(texts).tobytes()


def test_what_was_saved_is_read(tmp_path):
    buckets = np.sort(GENERATOR.choice(BUCKETS, 500, replace=False))
    weights = GENERATOR.normal(size=(500, 3)).astype(np.float32)
    lexicon = Lexicon(buckets, weights, np.array([0.1, 0.2, 0.3], dtype=np.float32))
    lexicon.save(tmp_path)
    config = {"ngrams": NGRAMS_VERSION}
    artifact.write(tmp_path, kind="kinds", name="n", version="1", files=[LEXICON], config=config, command="test")
    read = Lexicon.from_artifact(artifact.load(tmp_path, "kinds"), labels=3)
    assert (read.buckets == buckets).all()
    assert (read.buckets.dtype, read.weights.dtype) == (np.int64, np.float32)
    assert np.allclose(read.weights, weights, rtol=2**-11, atol=2**-24)
    assert (read.biases == lexicon.biases).all()


def test_a_lexicon_of_other_ngrams_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="n-grams of another version: train it again"):
        Lexicon.from_artifact(written(tmp_path, ngrams="0"), labels=3)


def test_a_model_from_before_there_were_lexicons_is_to_be_trained_again(tmp_path):
    artifact.write(tmp_path, kind="kinds", name="n", version="1", files=[], config={}, command="test")
    with pytest.raises(ArtifactError, match="train it again"):
        Lexicon.from_artifact(artifact.load(tmp_path, "kinds"), labels=3)


@pytest.mark.parametrize("name", ["buckets", "weights", "biases"])
def test_a_missing_tensor_is_refused(tmp_path, name):
    with pytest.raises(ArtifactError, match="needs buckets, weights and biases"):
        Lexicon.from_artifact(written(tmp_path, **{name: None}), labels=3)


@pytest.mark.parametrize(
    "changed",
    [
        {"weights": SMALL.weights[:, :2]},
        {"weights": SMALL.weights[:3]},
        {"biases": SMALL.biases[:2]},
        {"buckets": KNOWN[::-1].astype(np.uint32)},
        {"buckets": np.array([3, 8, 8, 20], dtype=np.uint32)},
        {"buckets": KNOWN[:0].astype(np.uint32), "weights": SMALL.weights[:0]},
    ],
)
def test_tensors_that_dont_fit_are_refused(tmp_path, changed):
    with pytest.raises(ArtifactError, match="don't fit 3 labels"):
        Lexicon.from_artifact(written(tmp_path, **changed), labels=3)


def test_the_small_one_itself_is_accepted(tmp_path):
    """The proof that the refusals above are for what was changed."""
    read = Lexicon.from_artifact(written(tmp_path), labels=3)
    assert (read.logits([KNOWN]) == SMALL.logits([KNOWN])).all()
