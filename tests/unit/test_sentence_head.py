"""Head and lexicon together; and a text from its sentences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service import artifact
from nlp_service.errors import ArtifactError
from nlp_service.heads import HEAD, Head, Layer, softmax
from nlp_service.lexicon import LEXICON, Lexicon
from nlp_service.sentence_head import SentenceHead, pooled
from nlp_service.text import NGRAMS_VERSION

LABELS = ("bad", "so-so", "good")
BOTH = SentenceHead(
    Head(LABELS, (Layer(np.eye(3, dtype=np.float32) * 2, np.array([0, 0.5, 0], dtype=np.float32)),)),
    Lexicon(np.array([4, 9]), np.array([[4, 0, 0], [0, 0, 6]], dtype=np.float32), np.zeros(3, dtype=np.float32)),
)
HAPPY = np.array([0, 0, 1], dtype=np.float32)
DISTRIBUTIONS = st.lists(
    st.tuples(*[st.floats(0.001, 1)] * 3).map(lambda parts: [part / sum(parts) for part in parts]),
    min_size=1,
    max_size=20,
).map(np.array)


def test_logits_of_head_and_lexicon_are_added():
    probabilities = BOTH.probabilities(np.stack([HAPPY, HAPPY, -HAPPY]), [np.array([4]), np.array([5]), np.array([9])])
    assert np.allclose(probabilities, softmax(np.array([[4, 0.5, 2], [0, 0.5, 2], [0, 0.5, 4]])))


def test_no_sentences_no_probabilities():
    assert BOTH.probabilities(np.zeros((0, 3), dtype=np.float32), []).shape == (0, 3)


def test_a_part_hears_its_own_words_and_a_third_of_the_whole_vector_or_all_of_it_if_no_other_does():
    both = BOTH.part_probabilities(np.stack([HAPPY] * 2), [np.array([4])] * 2, np.array([False, True]))
    assert both.shape == (2, 3)
    assert np.allclose(both, softmax(np.array([[4, 0.35 * 0.5, 0.35 * 2], [4, 0.5, 2]])))


def test_what_was_saved_is_read(tmp_path, encoder_digest):
    BOTH.save(tmp_path)
    config = {"encoder_digest": encoder_digest, "labels": list(LABELS), "ngrams": NGRAMS_VERSION}
    artifact.write(tmp_path, kind="kinds", name="n", version="1", files=[HEAD, LEXICON], config=config, command="test")
    made = artifact.load(tmp_path, "kinds")
    read = SentenceHead.from_artifact(made, encoder_digest=encoder_digest, labels=LABELS)
    words = [np.array([4, 9]), np.array([4])]
    vectors = np.stack([HAPPY, -HAPPY])
    assert (read.probabilities(vectors, words) == BOTH.probabilities(vectors, words)).all()


@pytest.mark.parametrize("labels", [("good", "so-so", "bad"), ("so-so", "bad", "good")])
def test_labels_in_another_order_are_refused(make_head, sure_of, encoder_digest, labels):
    with pytest.raises(ArtifactError, match="must be in the order bad, so-so, good"):
        SentenceHead.from_artifact(make_head(sure_of(labels)), encoder_digest=encoder_digest, labels=LABELS)


def test_one_of_another_encoder_is_refused(make_head, sure_of):
    with pytest.raises(ArtifactError, match="trained on encoder"):
        SentenceHead.from_artifact(make_head(sure_of(LABELS)), encoder_digest="f" * 64, labels=LABELS)


def test_one_of_other_ngrams_is_refused(make_head, sure_of, encoder_digest):
    made = make_head(sure_of(LABELS), ngrams="0")
    with pytest.raises(ArtifactError, match="another version"):
        SentenceHead.from_artifact(made, encoder_digest=encoder_digest, labels=LABELS)


@given(DISTRIBUTIONS, st.integers(1, 500))
def test_a_text_of_equal_sentences_is_as_each_of_them(sentences, length):
    row = sentences[:1]
    assert np.allclose(pooled(np.repeat(row, 5, axis=0), np.full(5, length)), row[0])


@given(DISTRIBUTIONS, st.data())
def test_a_text_lies_between_its_sentences(sentences, data):
    lengths = data.draw(st.lists(st.integers(1, 500), min_size=len(sentences), max_size=len(sentences)))
    whole = pooled(sentences, np.array(lengths))
    assert whole.sum() == pytest.approx(1)
    for first, second in ((0, 1), (1, 2), (0, 2)):
        odds = np.log(sentences[:, first] / sentences[:, second])
        assert odds.min() - 1e-9 <= np.log(whole[first] / whole[second]) <= odds.max() + 1e-9


def test_a_long_sentence_says_more_than_a_short_one_but_not_everything():
    angry, happy = np.array([0.8, 0.1, 0.1]), np.array([0.1, 0.1, 0.8])
    # Ninety characters count three times as much as ten: the log odds are 3/4 - 1/4 of a single sentence's.
    whole = pooled(np.array([angry, happy]), np.array([90, 10]))
    assert np.log(whole[0] / whole[2]) == pytest.approx(np.log(0.8 / 0.1) / 2)
    balanced = pooled(np.array([angry, happy]), np.array([10, 10]))
    assert balanced[0] == balanced[2]


def test_a_probability_of_zero_is_no_veto():
    sure, unsure = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    whole = pooled(np.array([sure, unsure]), np.array([10, 10]))
    assert np.isfinite(whole).all()
    assert whole[0] == pytest.approx(whole[2])
    assert whole[1] < 1e-3
