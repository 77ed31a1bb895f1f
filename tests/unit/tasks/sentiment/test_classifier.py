"""Sentiment of sentences."""

import numpy as np
import pytest

from nlp_service.contracts import SENTIMENTS
from nlp_service.errors import ArtifactError
from nlp_service.tasks.sentiment import SentimentClassifier, by_name, label, score
from nlp_service.text import ngrams


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


def bucket_of(character):
    """Of the character alone."""
    return int(np.intersect1d(ngrams(character), ngrams(f"这{character}那"))[0])


def test_each_clause_is_judged_by_its_own_words(make_head, sure_of, encoder_digest):
    says = {bucket_of("快"): [0, 0, 6], bucket_of("差"): [6, 0, 0]}
    head = make_head(sure_of(SENTIMENTS, 2.0), kind="sentiment", says=dict(sorted(says.items())))
    classifier = SentimentClassifier(head, encoder_digest=encoder_digest)
    text, nothing = "快递很快，客服态度差", np.zeros(3, dtype=np.float32)
    found = classifier.aspects(text, nothing, np.array([0.5, 0.1, 0.4]))
    named = [(text[one.start : one.end], text[one.clause_start : one.clause_end], one.sentiment) for one in found]
    assert named == [("快递", "快递很快", "positive"), ("客服态度", "客服态度差", "negative")]
    assert classifier.aspects(text, nothing, np.array([0.1, 0.8, 0.1])) == []


def test_the_sentence_weighs_in_where_a_clause_says_little(make_head, sure_of, encoder_digest):
    head = make_head(sure_of(SENTIMENTS, 8.0), kind="sentiment")
    classifier = SentimentClassifier(head, encoder_digest=encoder_digest)
    happy = np.array([0, 0, 1], dtype=np.float32)
    assert {one.sentiment for one in classifier.aspects("快递到了，客服在线", happy, np.array([0, 0, 1]))} <= {
        "positive"
    }
    (only,) = classifier.aspects("好的，客服在线", happy, np.array([0, 0, 1]))
    assert only.score > max(one.score for one in classifier.aspects("快递到了，客服在线", happy, np.array([0, 0, 1])))
    (whole,) = classifier.aspects("客服很差", happy, np.array([0.9, 0.1, 0]))
    assert (whole.sentiment, whole.score) == ("negative", -0.9)


def test_several_nouns_of_a_clause_are_judged_as_the_clause_is(make_head, sure_of, encoder_digest):
    head = make_head(sure_of(SENTIMENTS, 8.0), kind="sentiment")
    classifier = SentimentClassifier(head, encoder_digest=encoder_digest)
    happy, bad = np.array([0, 0, 1], dtype=np.float32), np.array([0.9, 0.1, 0])
    assert [one.score for one in classifier.aspects("客服和物流都很差", happy, bad)] == [-0.9, -0.9]
    of_one, of_two = (classifier.aspects(text, happy, bad) for text in ("好的，客服在线", "好的，客服和物流都在线"))
    assert [one.score for one in of_two] == [of_one[0].score] * 2


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
