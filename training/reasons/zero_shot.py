"""A tree without a single labelled text: its codes are known by their names, descriptions and examples."""

from pathlib import Path

import numpy as np

from nlp_service import artifact
from nlp_service.contracts import Encoder
from nlp_service.errors import ArtifactError
from nlp_service.heads import Head
from nlp_service.tasks.reasons import PROTOTYPES
from nlp_service.tasks.reasons.blending import Calibration
from nlp_service.tasks.reasons.prototypes import Centres, Prototypes, directions, texts_of
from nlp_service.taxonomy import Taxonomy
from training.reasons.calibrating import PRECISIONS
from training.reasons.fitting import Fitted, names_centre
from training.vectors import encode_texts

CALIBRATION = Calibration(scale=15.0, nearest=20.0, scope=-4.0)
"""Nothing to fit on. A text is within scope from a cosine of 0.2 with the nearest code."""


def known_by_texts(
    encoder: Encoder, tree: Taxonomy, background: Path
) -> tuple[list[str], Fitted, Centres, Calibration, dict[str, list[float]]]:
    """Codes, model, centres, calibration and thresholds.

    Probabilities aren't checked on anything, so each level's threshold is the target precision itself.

    Raises:
        ArtifactError: if the background belongs to another encoder.
    """
    known = artifact.load(background, "reasons")
    if known.config["encoder_digest"] != encoder.info.digest:
        raise ArtifactError(f"{background}: belongs to another encoder than the one given")
    messages = known.tensors(PROTOTYPES)["centre"]
    texts = sorted({text for node in tree.leaves for part in texts_of(node) for text in part})
    vectors = dict(zip(texts, encode_texts(encoder, texts), strict=True))
    named = np.array([vectors[text] for node in tree.leaves for text in texts_of(node)[0]])
    centres = Centres(messages, names_centre(named, messages))
    fitted = Fitted(Head((), ()), Prototypes(messages, directions(tree.leaves, vectors, centres)))
    thresholds = {f"{target:g}": [target] * tree.depth for target in PRECISIONS}
    return [node.code for node in tree.leaves], fitted, centres, CALIBRATION, thresholds
