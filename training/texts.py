"""From labelled texts to bags of sentence vectors, split and encoded exactly as the service does."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Encoder
from nlp_service.text import split_sentences
from training.head import Bags
from training.vectors import encode_texts


def bags_of(
    encoder: Encoder,
    texts: Sequence[str],
    targets: NDArray[np.float32],
    weights: NDArray[np.float32],
    considered: NDArray[np.float32] | None = None,
) -> Bags:
    """Bags of texts, each with at least one sentence.

    Args:
        targets: shape (texts, labels); see `Bags`.
        weights: shape (texts,).
        considered: shape (texts, labels); all labels if not given.
    """
    sentences = [[text[span.start : span.end] for span in split_sentences(text)] for text in texts]
    flat = [sentence for part in sentences for sentence in part]
    sizes = np.array([len(part) for part in sentences])
    if not sizes.all():
        raise ValueError("a text without a sentence can't be trained on")
    lengths = np.sqrt([len(sentence) for sentence in flat])
    bag = np.repeat(np.arange(len(texts)), sizes)
    share = lengths / np.bincount(bag, weights=lengths)[bag]
    return Bags(
        vectors=encode_texts(encoder, flat),
        bag=bag,
        share=share.astype(np.float32),
        targets=targets,
        considered=np.ones_like(targets) if considered is None else considered,
        weights=weights,
    )
