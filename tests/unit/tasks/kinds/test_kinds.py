"""What a sentence is for."""

import numpy as np
import pytest

from nlp_service.contracts import KINDS
from nlp_service.errors import ArtifactError
from nlp_service.tasks.kinds import KindClassifier


def test_the_most_probable_kind_whatever_the_order_of_the_labels(make_head, sure_of, encoder_digest):
    shuffled = [KINDS[position] for position in (3, 5, 0, 1, 4, 2)]
    classifier = KindClassifier(make_head(sure_of(shuffled)), encoder_digest=encoder_digest)
    assert classifier.classify(np.eye(6, dtype=np.float32)) == shuffled


def test_no_sentences_no_kinds(make_head, sure_of, encoder_digest):
    classifier = KindClassifier(make_head(sure_of(KINDS)), encoder_digest=encoder_digest)
    assert classifier.classify(np.zeros((0, 6), dtype=np.float32)) == []


@pytest.mark.parametrize("labels", [KINDS[:-1], (*KINDS, "joke"), (*KINDS[:-1], "joke")])
def test_a_head_with_other_kinds_is_refused(make_head, sure_of, encoder_digest, labels):
    with pytest.raises(ArtifactError, match="labels"):
        KindClassifier(make_head(sure_of(labels)), encoder_digest=encoder_digest)
