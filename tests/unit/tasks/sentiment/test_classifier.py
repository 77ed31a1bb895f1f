"""Sentiment of sentences, and of the text they make up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.contracts import SENTIMENTS
from nlp_service.errors import ArtifactError
from nlp_service.tasks.sentiment import SentimentClassifier, by_name, label, score

DISTRIBUTIONS = st.lists(
    st.tuples(*[st.floats(0.001, 1)] * 3).map(lambda parts: [part / sum(parts) for part in parts]),
    min_size=1,
    max_size=20,
).map(np.array)


def test_columns_come_in_the_contracts_order_whatever_the_labels_order(make_head, sure_of, encoder_digest):
    head = make_head(sure_of(["positive", "negative", "neutral"]), kind="sentiment")
    probabilities = SentimentClassifier(head, encoder_digest=encoder_digest).classify(np.eye(3, dtype=np.float32))
    assert probabilities.shape == (3, 3)
    assert [label(row) for row in probabilities] == ["positive", "negative", "neutral"]
    assert np.allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("labels", [("negative", "positive"), (*SENTIMENTS, "mixed")])
def test_a_head_with_other_sentiments_is_refused(make_head, sure_of, encoder_digest, labels):
    with pytest.raises(ArtifactError, match="labels"):
        SentimentClassifier(make_head(sure_of(labels), kind="sentiment"), encoder_digest=encoder_digest)


def test_score_label_and_names_agree():
    probabilities = np.array([0.86, 0.11, 0.03])
    assert label(probabilities) == "negative"
    assert score(probabilities) == -0.83
    assert by_name(probabilities) == {"negative": 0.86, "neutral": 0.11, "positive": 0.03}
    assert [score(row) for row in np.eye(3)] == [-1, 0, 1]


@given(DISTRIBUTIONS, st.integers(1, 500))
def test_a_text_of_equal_sentences_feels_as_each_of_them(sentences, length):
    row = sentences[:1]
    overall = SentimentClassifier.overall(np.repeat(row, 5, axis=0), np.full(5, length))
    assert np.allclose(overall, row[0])


@given(DISTRIBUTIONS, st.data())
def test_a_text_lies_between_its_sentences(sentences, data):
    lengths = data.draw(st.lists(st.integers(1, 500), min_size=len(sentences), max_size=len(sentences)))
    overall = SentimentClassifier.overall(sentences, np.array(lengths))
    assert overall.sum() == pytest.approx(1)
    for first, second in ((0, 1), (1, 2), (0, 2)):
        odds = np.log(sentences[:, first] / sentences[:, second])
        assert odds.min() - 1e-9 <= np.log(overall[first] / overall[second]) <= odds.max() + 1e-9


def test_a_long_sentence_says_more_than_a_short_one_but_not_everything():
    angry, happy = np.array([0.8, 0.1, 0.1]), np.array([0.1, 0.1, 0.8])
    # Ninety characters count three times as much as ten: the log odds are 3/4 - 1/4 of a single sentence's.
    overall = SentimentClassifier.overall(np.array([angry, happy]), np.array([90, 10]))
    assert np.log(overall[0] / overall[2]) == pytest.approx(np.log(0.8 / 0.1) / 2)
    assert score(SentimentClassifier.overall(np.array([angry, happy]), np.array([10, 10]))) == 0
