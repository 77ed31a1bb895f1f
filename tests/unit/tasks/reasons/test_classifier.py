"""From sentence vectors to probabilities of contact reasons, and from sentences to texts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.errors import ArtifactError
from nlp_service.tasks.reasons import OUT_OF_SCOPE, ReasonClassifier

SENTENCES = st.lists(
    st.lists(st.floats(0, 1), min_size=4, max_size=4).map(lambda parts: np.array(parts[:3]) / max(sum(parts), 1e-9)),
    min_size=1,
    max_size=8,
).map(np.array)


def test_out_of_scope_is_what_is_missing_to_one(make_head, sure_of, taxonomy, encoder_digest):
    labels = ["parcel.late", OUT_OF_SCOPE, "bill.wrong.tax"]
    head = make_head(sure_of(labels), kind="reasons", thresholds=[0.5])
    classifier = ReasonClassifier(head, taxonomy, encoder_digest=encoder_digest)
    probabilities = classifier.classify(np.eye(3, dtype=np.float32))
    assert classifier.tree.codes == ("parcel.late", "bill.wrong.tax")
    assert probabilities.argmax(axis=1)[[0, 2]].tolist() == [0, 1]
    assert probabilities.sum(axis=1) == pytest.approx([1, 0, 1], abs=1e-3)


def test_a_head_with_codes_that_the_taxonomy_lacks_is_refused(make_head, sure_of, taxonomy, encoder_digest):
    head = make_head(sure_of(["parcel.late", "parcel.gone"]), kind="reasons", thresholds=[0.5])
    with pytest.raises(ArtifactError, match=r"'small' lacks parcel\.gone"):
        ReasonClassifier(head, taxonomy, encoder_digest=encoder_digest)


@given(SENTENCES, st.data())
def test_pooling_gives_a_distribution_and_shares_of_one_vote(sentences, data):
    weights = st.lists(st.floats(0.01, 1), min_size=len(sentences), max_size=len(sentences))
    pooled, votes = ReasonClassifier.pool(sentences, np.array(data.draw(weights)))
    assert pooled.shape == (3,)
    assert votes.shape == (len(sentences),)
    assert (pooled >= 0).all()
    assert pooled.sum() <= 1 + 1e-9
    assert (votes >= 0).all()
    assert votes.sum() == pytest.approx(1)


@given(SENTENCES)
def test_a_single_sentence_pools_to_itself(sentences):
    pooled, votes = ReasonClassifier.pool(sentences[:1], np.ones(1))
    assert np.allclose(pooled, sentences[0])
    assert votes.tolist() == [1]


def test_a_clear_sentence_outweighs_vague_ones():
    sentences = np.array([[0.9, 0.05, 0.0], [0.3, 0.35, 0.3], [0.3, 0.35, 0.3]])
    pooled, votes = ReasonClassifier.pool(sentences, np.ones(3))
    assert pooled.argmax() == 0
    assert votes[0] > 0.5


def test_small_talk_doesnt_push_a_text_out_of_scope():
    sentences = np.array([[0.95, 0.0, 0.0], *[[0.01, 0.01, 0.01]] * 9])
    pooled, _ = ReasonClassifier.pool(sentences, np.ones(10))
    assert pooled[0] > 0.9


def test_a_greeting_says_nothing_where_something_else_does():
    sentences = np.array([[0.0, 0.99, 0.0], [0.9, 0.0, 0.0]])
    pooled, _ = ReasonClassifier.pool(sentences, np.array([0.05, 1.0]))
    assert pooled[0] > 0.8
