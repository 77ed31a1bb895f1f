"""From labelled texts to bags of sentence vectors, split and encoded exactly as the service does."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp_service.contracts import Encoder
from nlp_service.text import BUCKETS, ngrams_of, prepare, split_sentences
from nlp_service.text_head import beginning
from training.head import Bags
from training.vectors import encode_texts

TEXTS_AT_ONCE = 4096


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
    flat, bag, share = _sentences(texts)
    return Bags(
        vectors=encode_texts(encoder, flat),
        bag=bag,
        share=share,
        targets=targets,
        considered=np.ones_like(targets) if considered is None else considered,
        weights=weights,
    )


def wholes_of(
    encoder: Encoder,
    texts: Sequence[str],
    targets: NDArray[np.float32],
    weights: NDArray[np.float32],
    considered: NDArray[np.float32],
) -> Bags:
    """Bags of one vector each: that of the text's beginning as a whole (`nlp_service.text_head`)."""
    return Bags(
        vectors=encode_texts(encoder, [beginning(text) for text in texts]),
        bag=np.arange(len(texts)),
        share=np.ones(len(texts), dtype=np.float32),
        targets=targets,
        considered=considered,
        weights=weights,
    )


def whole_words_of(texts: Sequence[str]) -> sparse.csr_matrix:
    """N-grams of the texts' beginnings as a whole, shape (texts, BUCKETS); values as in `words_of`."""
    found = ngrams_of([prepare(beginning(text)) for text in texts])
    sizes = [len(part) for part in found]
    values = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes)
    return sparse.csr_matrix(
        (values, (np.repeat(np.arange(len(texts)), sizes), np.concatenate(found))), shape=(len(texts), BUCKETS)
    )


def words_of(texts: Sequence[str]) -> sparse.csr_matrix:
    """N-grams of texts, each with at least one sentence; shape (texts, BUCKETS).

    A sentence has one over the root of the number of its n-grams for each of them, a text the mean of its sentences by
    their share: as a lexicon is linear, it judges that mean as `pooled` does what it says of the sentences.
    """
    _, bag, share = _sentences(texts)
    found = sentence_ngrams(texts)
    values = [
        np.full(len(part), part_share / np.sqrt(max(1, len(part))))
        for part, part_share in zip(found, share, strict=True)
    ]
    rows = np.repeat(bag, [len(part) for part in found])
    entries = (np.concatenate(values), (rows, np.concatenate(found)))
    return sparse.csr_matrix(entries, shape=(len(texts), BUCKETS))


def sentence_ngrams(texts: Sequence[str]) -> list[NDArray[np.int64]]:
    """The n-grams of every sentence of every text, in the order of `bags_of`."""
    flat, _, _ = _sentences(texts)
    pieces = [flat[start : start + TEXTS_AT_ONCE] for start in range(0, len(flat), TEXTS_AT_ONCE)]
    return [part for piece in pieces for part in ngrams_of([prepare(sentence) for sentence in piece])]


def first_alike(texts: Sequence[str]) -> NDArray[np.int64]:
    """Row of the first text that is the same once prepared, shape (texts,)."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(prepare(text), row) for row, text in enumerate(texts)], dtype=np.int64)


def _sentences(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int64], NDArray[np.float32]]:
    """All sentences; the text each belongs to; its share of that text."""
    sentences = [[text[span.start : span.end] for span in split_sentences(text)] for text in texts]
    flat = [sentence for part in sentences for sentence in part]
    sizes = np.array([len(part) for part in sentences])
    if not sizes.all():
        raise ValueError("a text without a sentence can't be trained on")
    lengths = np.sqrt([len(sentence) for sentence in flat])
    bag = np.repeat(np.arange(len(texts)), sizes)
    return flat, bag, (lengths / np.bincount(bag, weights=lengths)[bag]).astype(np.float32)
