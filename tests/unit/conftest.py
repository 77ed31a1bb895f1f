"""Model folders made for the test."""

import numpy as np
import pytest

from nlp_service import artifact
from nlp_service.heads import HEAD, Head, Layer
from nlp_service.lexicon import LEXICON, Lexicon
from nlp_service.sentence_head import SentenceHead
from nlp_service.text import NGRAMS_VERSION
from nlp_service.text_head import SENTENCES_SHARE, TEXT_FILES, TextHead

ENCODER = "e" * 64
DIMENSION = 4


@pytest.fixture
def encoder_digest():
    """Of the encoder that `make_head`'s heads were trained on."""
    return ENCODER


@pytest.fixture
def make_head(tmp_path):
    """Writes a folder with a linear head and the lexicon beside it, for sentences and for texts, and loads it.

    Weights are by label, what the lexicon says by bucket (nothing, if not given); other arguments go into the config.
    """

    def make(weights, kind="kinds", biases=None, says=None, **config):
        folder = tmp_path / kind
        folder.mkdir(exist_ok=True)
        rows = np.array(list(weights.values()), dtype=np.float32)
        offsets = np.array(biases or [0.0] * len(rows), dtype=np.float32)
        head = Head(tuple(weights), (Layer(rows, offsets),))
        known = dict(sorted((says or {0: [0.0] * len(rows)}).items()))
        spoken = np.array(list(known.values()), dtype=np.float32)
        both = SentenceHead(head, Lexicon(np.array(list(known)), spoken, np.zeros(len(rows), dtype=np.float32)))
        both.save(folder)
        TextHead(both, 1.0).save(folder)
        settings = {"encoder_digest": ENCODER, "labels": list(weights), "ngrams": NGRAMS_VERSION} | config
        settings = {SENTENCES_SHARE: 1.0} | settings
        files = [HEAD, LEXICON, *TEXT_FILES]
        artifact.write(folder, kind=kind, name="n", version="1", files=files, config=settings, command="test")
        return artifact.load(folder, kind)

    return make


@pytest.fixture
def wordless():
    """The n-grams of so many sentences that have none."""
    return lambda sentences: [np.zeros(0, dtype=np.int64)] * sentences


@pytest.fixture
def sure_of():
    """Head weights that make each label sure of a unit vector of its own: the first label of [1, 0, 0 …], and so on."""
    return lambda labels, strength=10.0: dict(zip(labels, np.eye(len(labels)) * strength, strict=True))
