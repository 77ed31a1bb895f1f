"""A tree without a single labelled text: its codes are known by their names, descriptions and examples."""

from collections.abc import Sequence

import numpy as np

from nlp_service.contracts import Encoder
from nlp_service.heads import Head
from nlp_service.tasks.reasons.blending import Calibration
from nlp_service.tasks.reasons.prototypes import Centres, Prototypes, directions, texts_of
from nlp_service.taxonomy import Taxonomy
from training.reasons.calibrating import FAR_SHARE, PRECISIONS, SLOPE
from training.reasons.fitting import Fitted
from training.vectors import encode_texts

SCALE = 15.0
FAR = 0.1
"""Cosine with the nearest code from which on a text is within scope, where no messages say how near they lie."""
ENOUGH = 50
"""From so many on, messages, or else examples, say where messages lie in the encoder's space."""


def known_by_texts(
    encoder: Encoder, tree: Taxonomy, messages: Sequence[str]
) -> tuple[list[str], Fitted, Centres, Calibration, dict[str, list[float]]]:
    """Codes, model, centres, calibration and thresholds.

    Probabilities aren't checked on anything, so each level's threshold is the target precision itself.

    Args:
        messages: unlabelled, of those that are to be classified; there need not be any.
    """
    named = [text for node in tree.leaves for text in texts_of(node, tree)[0]]
    examples = [text for node in tree.leaves for text in texts_of(node, tree)[1]]
    texts = sorted({*named, *examples})
    vectors = dict(zip(texts, encode_texts(encoder, texts), strict=True))
    names = np.mean([vectors[text] for text in named], axis=0)
    seen = (
        encode_texts(encoder, messages) if len(messages) >= ENOUGH else np.array([vectors[text] for text in examples])
    )
    centre = seen.mean(axis=0) if len(seen) >= ENOUGH else np.zeros_like(names)
    centres = Centres(centre, names)
    prototypes = Prototypes(centre, directions(tree.leaves, tree, vectors, centres))
    far = FAR
    if len(messages) >= ENOUGH:
        far = float(np.quantile(prototypes.cosines(seen).max(axis=1), FAR_SHARE))
    calibration = Calibration(scale=SCALE, nearest=SLOPE, scope=-SLOPE * far)
    thresholds = {f"{target:g}": [target] * tree.depth for target in PRECISIONS}
    return [node.code for node in tree.leaves], Fitted(Head((), ()), None, prototypes), centres, calibration, thresholds


def what_it_rests_on(messages: int) -> str:
    """How far to trust thresholds and scope, and what helps.

    Args:
        messages: how many were read.
    """
    if messages >= ENOUGH:
        return f"Thresholds rest on nothing but the tree, what is out of scope on {messages} messages; labels help."
    few = f"; {messages} are too few to say" if messages else ""
    return (
        f"Thresholds and what is out of scope rest on nothing but the tree: --messages with {ENOUGH} texts or more, "
        f"unlabelled, like those to be classified, says what is out of scope{few}."
    )
