"""What a sentence is for."""

import numpy as np
import pytest

from nlp_service.contracts import KINDS
from nlp_service.errors import ArtifactError
from nlp_service.tasks.kinds import KindClassifier


def test_the_most_probable_kind(make_head, sure_of, encoder_digest, wordless):
    classifier = KindClassifier(make_head(sure_of(KINDS)), encoder_digest=encoder_digest)
    shuffled = [3, 5, 0, 1, 4, 2]
    vectors = np.eye(6, dtype=np.float32)[shuffled]
    assert classifier.classify(vectors, wordless(6)) == [KINDS[position] for position in shuffled]


def test_where_the_vector_is_undecided_the_words_decide(make_head, sure_of, encoder_digest):
    made = make_head(sure_of(KINDS), says={7: [0, 0, 0, 0, 0, 1], 9: [0, 1, 0, 0, 0, 0]})
    classifier = KindClassifier(made, encoder_digest=encoder_digest)
    undecided = np.zeros((2, 6), dtype=np.float32)
    assert classifier.classify(undecided, [np.array([7]), np.array([3, 9])]) == ["courtesy", "request"]


def test_no_sentences_no_kinds(make_head, sure_of, encoder_digest):
    classifier = KindClassifier(make_head(sure_of(KINDS)), encoder_digest=encoder_digest)
    assert classifier.classify(np.zeros((0, 6), dtype=np.float32), []) == []


@pytest.mark.parametrize("labels", [KINDS[:-1], (*KINDS, "joke"), (*KINDS[:-1], "joke"), KINDS[::-1]])
def test_a_head_with_other_kinds_or_in_another_order_is_refused(make_head, sure_of, encoder_digest, labels):
    with pytest.raises(ArtifactError, match="labels"):
        KindClassifier(make_head(sure_of(labels)), encoder_digest=encoder_digest)
