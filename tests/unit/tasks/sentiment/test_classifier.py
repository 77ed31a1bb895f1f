"""Sentiment of sentences."""

import numpy as np
import pytest

from nlp_service.contracts import SENTIMENTS
from nlp_service.errors import ArtifactError
from nlp_service.tasks.sentiment import SentimentClassifier, by_name, label, score


def test_columns_come_in_the_contracts_order(make_head, sure_of, encoder_digest, wordless):
    head = make_head(sure_of(SENTIMENTS), kind="sentiment")
    classifier = SentimentClassifier(head, encoder_digest=encoder_digest)
    probabilities = classifier.classify(np.eye(3, dtype=np.float32), wordless(3))
    assert probabilities.shape == (3, 3)
    assert [label(row) for row in probabilities] == ["negative", "neutral", "positive"]
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_a_word_turns_a_vector_around(make_head, sure_of, encoder_digest):
    head = make_head(sure_of(SENTIMENTS, 2.0), kind="sentiment", says={11: [5, 0, 0]})
    classifier = SentimentClassifier(head, encoder_digest=encoder_digest)
    happy = np.eye(3, dtype=np.float32)[[2, 2]]
    probabilities = classifier.classify(happy, [np.array([11]), np.array([12])])
    assert [label(row) for row in probabilities] == ["negative", "positive"]


def test_a_clause_hears_its_own_words_and_half_of_the_sentences_vector(make_head, sure_of, encoder_digest):
    head = make_head(sure_of(SENTIMENTS, 2.0), kind="sentiment", says={11: [1.5, 0, 0]})
    classifier = SentimentClassifier(head, encoder_digest=encoder_digest)
    happy = np.array([0, 0, 1], dtype=np.float32)
    assert label(classifier.classify(happy[None], [np.array([11])])[0]) == "positive"
    assert label(classifier.classify_clause(happy, np.array([11]))) == "negative"
    assert label(classifier.classify_clause(happy, np.array([12]))) == "positive"


@pytest.mark.parametrize("labels", [("negative", "positive"), (*SENTIMENTS, "mixed"), SENTIMENTS[::-1]])
def test_a_head_with_other_sentiments_or_in_another_order_is_refused(make_head, sure_of, encoder_digest, labels):
    with pytest.raises(ArtifactError, match="labels"):
        SentimentClassifier(make_head(sure_of(labels), kind="sentiment"), encoder_digest=encoder_digest)


def test_score_label_and_names_agree():
    probabilities = np.array([0.86, 0.11, 0.03])
    assert label(probabilities) == "negative"
    assert score(probabilities) == -0.83
    assert by_name(probabilities) == {"negative": 0.86, "neutral": 0.11, "positive": 0.03}
    assert [score(row) for row in np.eye(3)] == [-1, 0, 1]
