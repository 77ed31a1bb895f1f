"""The emotion of a sentence, where it is clear."""

import numpy as np
import pytest

from nlp_service.contracts import EMOTIONS
from nlp_service.errors import ArtifactError
from nlp_service.tasks.emotions import LABELS, NONE, EmotionClassifier, emotion, emotion_beside


def test_none_comes_first_and_then_the_contracts_emotions():
    assert (NONE, *LABELS[1:]) == LABELS
    assert LABELS[1:] == EMOTIONS
    assert len(set(LABELS)) == 8


def test_columns_come_in_the_order_of_the_labels(make_head, sure_of, encoder_digest, wordless):
    classifier = EmotionClassifier(make_head(sure_of(LABELS), kind="emotions"), encoder_digest=encoder_digest)
    probabilities = classifier.classify(np.eye(8, dtype=np.float32), wordless(8))
    assert probabilities.shape == (8, 8)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert [emotion(row) for row in probabilities] == [None, *EMOTIONS]


def test_a_word_shows_the_emotion_that_the_vector_doesnt(make_head, sure_of, encoder_digest):
    thanks = np.eye(8)[LABELS.index("gratitude")] * 3
    made = make_head(sure_of(LABELS, 1.0), kind="emotions", says={5: thanks})
    classifier = EmotionClassifier(made, encoder_digest=encoder_digest)
    calm = np.eye(8, dtype=np.float32)[[0, 0]]
    assert [emotion(row) for row in classifier.classify(calm, [np.array([5]), np.array([6])])] == [
        "gratitude",
        None,
    ]


def test_an_emotion_needs_to_be_likelier_than_none_not_likelier_than_all_others_together():
    assert emotion(np.array([0.30, 0.31, 0.10, 0.10, 0.10, 0.05, 0.02, 0.02])) == "anger"
    assert emotion(np.array([0.31, 0.30, 0.10, 0.10, 0.10, 0.05, 0.02, 0.02])) is None


@pytest.mark.parametrize(
    ("felt", "sentiment", "expected"),
    [
        ("anger", "positive", None),
        ("sadness", "positive", None),
        ("joy", "negative", None),
        ("gratitude", "negative", None),
        ("surprise", "negative", "surprise"),
        ("surprise", "positive", "surprise"),
        ("worry", "neutral", "worry"),
        ("anger", "negative", "anger"),
        ("joy", "positive", "joy"),
    ],
)
def test_a_sentences_emotion_never_contradicts_its_sentiment(felt, sentiment, expected):
    assert emotion_beside(sentiment, np.eye(8)[LABELS.index(felt)]) == expected


def test_no_sentences_no_emotions(make_head, sure_of, encoder_digest):
    classifier = EmotionClassifier(make_head(sure_of(LABELS), kind="emotions"), encoder_digest=encoder_digest)
    assert classifier.classify(np.zeros((0, 8), dtype=np.float32), []).shape == (0, 8)


@pytest.mark.parametrize("labels", [EMOTIONS, (*LABELS, "disgust"), (*EMOTIONS, NONE)])
def test_a_head_with_other_labels_or_in_another_order_is_refused(make_head, sure_of, encoder_digest, labels):
    with pytest.raises(ArtifactError, match="labels"):
        EmotionClassifier(make_head(sure_of(labels), kind="emotions"), encoder_digest=encoder_digest)
