"""Whether a classifier knows its own tree: asked of a new one before it takes the place of one that works."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nlp_service.errors import ConfigurationError
from nlp_service.tasks.reasons.classifier import ReasonClassifier
from nlp_service.tasks.reasons.prototypes import texts_of
from nlp_service.taxonomy import Taxonomy
from nlp_service.text import ngrams_of, prepare

LEAST_RECOGNISED = 0.5
"""Share of a leaf's examples, and of the leaves. The bundled model recognises nine leaves in ten; one whose rows got
out of order, or that was trained on another tree, next to none."""
ROUNDING = 1e-6


def texts_to_check(taxonomy: Taxonomy) -> list[str]:
    """What has to be encoded before `self_check`: names and examples of the leaves, each text once."""
    texts = (text for node in taxonomy.leaves for text in (node.name.zh, node.name.en, *texts_of(node, taxonomy)[1]))
    return list(dict.fromkeys(texts))


def self_check(classifier: ReasonClassifier, vectors: Mapping[str, NDArray[np.float32]]) -> None:
    """Let a classifier judge its tree's own texts. A code is recognised if it is the likeliest for half its examples.

    Args:
        vectors: of what `texts_to_check` names.

    Raises:
        ConfigurationError: if a probability is none, or fewer than half of the codes that have examples are recognised.
    """
    tree = classifier.tree
    rows = {text: row for row, text in enumerate(texts_to_check(tree.taxonomy))}
    if not rows:
        return
    probabilities = classifier.classify(
        np.stack([vectors[text] for text in rows]), ngrams_of([prepare(text) for text in rows])
    )
    if not ((probabilities >= -ROUNDING) & (probabilities <= 1 + ROUNDING)).all():  # false for NaN
        raise ConfigurationError("the contact-reason model gives its codes' own texts no probabilities between 0 and 1")
    likeliest = np.array(tree.codes)[probabilities.argmax(axis=1)]
    examples = {node.code: texts_of(node, tree.taxonomy)[1] for node in tree.taxonomy.leaves}
    recognised = [
        np.mean([likeliest[rows[text]] == code for text in texts]) >= LEAST_RECOGNISED
        for code, texts in examples.items()
        if texts
    ]
    if recognised and np.mean(recognised) < LEAST_RECOGNISED:
        share = f"only {sum(recognised)} of {len(recognised)} codes by their own examples"
        raise ConfigurationError(f"the contact-reason model recognises {share}")
