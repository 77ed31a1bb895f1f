"""From sentence vectors to probabilities of contact reasons."""

import numpy as np
import pytest

from nlp_service.errors import ArtifactError
from nlp_service.tasks.reasons import OUT_OF_SCOPE, ReasonClassifier


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
