"""Which sentences of a conversation stand alone."""

import numpy as np
import pytest

from nlp_service.errors import ArtifactError
from nlp_service.tasks.questions.standing import STANDINGS, Standing


def test_what_is_asked_can_be_told_guessed_or_not(make_head, sure_of, encoder_digest, wordless):
    standing = Standing(make_head(sure_of(STANDINGS)), encoder_digest=encoder_digest)
    vectors = np.eye(3, dtype=np.float32)
    assert standing.stand_alone(vectors, wordless(3)) == [False, True, True]


def test_a_sentence_is_left_out_when_that_is_likely_enough(make_head, sure_of, encoder_digest):
    """One of three labels alike is no reason to leave a sentence out; words may decide."""
    standing = Standing(make_head(sure_of(STANDINGS), says={7: [2, 0, 0]}), encoder_digest=encoder_digest)
    undecided = np.zeros((2, 3), dtype=np.float32)
    assert standing.stand_alone(undecided, [np.array([3]), np.array([7])]) == [True, False]


def test_no_sentences(make_head, sure_of, encoder_digest):
    standing = Standing(make_head(sure_of(STANDINGS)), encoder_digest=encoder_digest)
    assert standing.stand_alone(np.zeros((0, 3), dtype=np.float32), []) == []


@pytest.mark.parametrize("labels", [STANDINGS[::-1], STANDINGS[:2], (*STANDINGS, "other")])
def test_a_head_of_other_labels_is_refused(make_head, sure_of, encoder_digest, labels):
    with pytest.raises(ArtifactError, match="labels"):
        Standing(make_head(sure_of(labels)), encoder_digest=encoder_digest)
