"""A text of several sentences: what they say one by one, and the whole."""

from dataclasses import replace

import numpy as np
import pytest

from nlp_service import artifact
from nlp_service.errors import ArtifactError
from nlp_service.heads import Head, Layer, softmax
from nlp_service.lexicon import Lexicon
from nlp_service.sentence_head import SentenceHead
from nlp_service.text import NGRAMS_VERSION
from nlp_service.text_head import TEXT_FILES, TextHead, beginning

LABELS = ("bad", "so-so", "good")
WHOLE = SentenceHead(
    Head(LABELS, (Layer(np.eye(3, dtype=np.float32) * 2, np.zeros(3, dtype=np.float32)),)),
    Lexicon(np.array([4, 9]), np.array([[4, 0, 0], [0, 0, 6]], dtype=np.float32), np.zeros(3, dtype=np.float32)),
)
HAPPY = np.array([0, 0, 1], dtype=np.float32)
POOLED = np.array([0.7, 0.2, 0.1])
FIVE, NINE = np.array([5]), np.array([9])


def test_the_whole_and_the_sentences_are_added_by_their_shares():
    found = TextHead(WHOLE, 0.5).probabilities(np.stack([POOLED] * 2), np.stack([HAPPY] * 2), [NINE, FIVE])
    logits = np.array([[0, 0, 2 + 6], [0, 0, 2]])
    assert np.allclose(found, softmax(0.5 * np.log(POOLED)[None] + logits))


def test_without_a_word_of_the_whole_the_sentences_decide():
    biased = SentenceHead(WHOLE.head, replace(WHOLE.lexicon, biases=np.array([5, 0, 0], dtype=np.float32)))
    found = TextHead(biased, 0.5).probabilities(POOLED[None], HAPPY[None] * 0, [FIVE])
    assert (found == POOLED).all()


def test_a_sentence_that_excludes_a_label_leaves_a_number():
    found = TextHead(WHOLE, 2.0).probabilities(np.array([[1.0, 0.0, 0.0]]), HAPPY[None], [np.array([4])])
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(1)


def test_blank_lines_before_a_text_are_not_its_beginning():
    assert beginning("\n" * 700 + "太差了") == "太差了"


def _written(folder, encoder_digest, **changed):
    head = TextHead(WHOLE, 0.25)
    head.save(folder)
    config = {"encoder_digest": encoder_digest, "labels": list(LABELS), "ngrams": NGRAMS_VERSION}
    config |= {"sentences_share": head.sentences_share, **changed}
    artifact.write(
        folder, kind="sentiment", name="n", version="1", files=list(TEXT_FILES), config=config, command="test"
    )
    return artifact.load(folder, "sentiment"), head


def test_what_was_saved_is_read(tmp_path, encoder_digest):
    made, head = _written(tmp_path, encoder_digest)
    read = TextHead.from_artifact(made, encoder_digest=encoder_digest, labels=LABELS)
    given = POOLED[None], HAPPY[None], [np.array([4, 9])]
    assert (read.probabilities(*given) == head.probabilities(*given)).all()


@pytest.mark.parametrize("share", [None, -0.1, "1", float("inf"), float("nan")])
def test_a_share_that_is_no_share_is_refused(tmp_path, encoder_digest, share):
    made, _ = _written(tmp_path, encoder_digest, sentences_share=share)
    with pytest.raises(ArtifactError, match="sentences_share must be a number of at least 0"):
        TextHead.from_artifact(made, encoder_digest=encoder_digest, labels=LABELS)
