"""A tree of two branches and a single leaf, which is small talk; models that know some of its codes."""

import numpy as np
import pytest
from safetensors.numpy import save

from nlp_service import artifact
from nlp_service.heads import HEAD, Head, Layer
from nlp_service.lexicon import LEXICON, Lexicon
from nlp_service.tasks.reasons import OUT_OF_SCOPE, PROTOTYPES
from nlp_service.tasks.reasons.blending import Calibration
from nlp_service.taxonomy import Name, Node, Taxonomy
from nlp_service.text import NGRAMS_VERSION

NODES = {
    "parcel": None,
    "parcel.late": "parcel",
    "parcel.lost": "parcel",
    "bill": None,
    "bill.wrong": "bill",
    "bill.wrong.tax": "bill.wrong",
    "bill.wrong.name": "bill.wrong",
    "thanks": None,
}
DIMENSION = 8
LEAVES = ("parcel.late", "parcel.lost", "bill.wrong.tax", "bill.wrong.name", "thanks")


@pytest.fixture(scope="session")
def taxonomy():
    nodes = [
        Node(code=code, parent=parent, name=Name(zh=f"中{code}", en=f"en {code}"), small_talk=code == "thanks")
        for code, parent in NODES.items()
    ]
    return Taxonomy("small", "digest", tuple(nodes))


@pytest.fixture(scope="session")
def leaves():
    return LEAVES


@pytest.fixture
def make_model(tmp_path, encoder_digest):
    """Writes a model of some codes and loads it: the first code is what `axis(0)` means, and so on.

    `says` gives the codes that an n-gram speaks for.
    """

    def make(codes, *, head=True, out_of_scope=False, says=None, **calibration):
        labels = [*codes, OUT_OF_SCOPE] if out_of_scope else list(codes)
        files = [PROTOTYPES]
        if head:
            weights = np.eye(len(labels), DIMENSION, dtype=np.float32) * 10
            Head(tuple(labels), (Layer(weights, np.zeros(len(labels), dtype=np.float32)),)).save(tmp_path)
            files.append(HEAD)
        if says:
            weights = np.array([[label in said for label in labels] for said in says.values()], dtype=np.float32) * 20
            Lexicon(np.array(list(says)), weights, np.zeros(len(labels), dtype=np.float32)).save(tmp_path)
            files.append(LEXICON)
        centre = np.zeros(DIMENSION, dtype=np.float32)
        tensors = {"centre": centre, "names_centre": centre, "directions": np.eye(len(codes), DIMENSION, dtype="f4")}
        (tmp_path / PROTOTYPES).write_bytes(save(tensors))
        config = {
            "encoder_digest": encoder_digest,
            "labels": labels if head else [],
            "codes": list(codes),
            "ngrams": NGRAMS_VERSION,
            "thresholds": {"0.8": [0.3, 0.4, 0.5], "0.95": [0.7, 0.8, 0.9]},
            "calibration": Calibration(**calibration).to_config(),
        }
        artifact.write(tmp_path, kind="reasons", name="n", version="1", files=files, config=config, command="test")
        return artifact.load(tmp_path, "reasons")

    return make


@pytest.fixture
def axis():
    """A unit vector along one axis."""
    return lambda number: np.eye(DIMENSION, dtype=np.float32)[number]
