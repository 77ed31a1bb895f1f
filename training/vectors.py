"""Vectors of data-set texts, made as the service makes them and remembered on disk between runs.

A vector depends only on the encoder, the preparation and the text, so those three are its key and an entry never has to
be invalidated. Each piece of new work is a file of its own, written under another name and then renamed: an interrupted
run loses one piece, and several runs may share the folder.
"""

import hashlib
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Encoder, Vectors
from nlp_service.text import PREPARATION_VERSION, prepare

CACHE = Path("runs/vectors")
BATCH = 64
TEXTS_PER_FILE = 64 * BATCH

Row = NDArray[np.float32]


def encode_texts(encoder: Encoder, texts: Sequence[str], *, cache: Path | None = CACHE) -> Vectors:
    """Unit vectors of raw texts, prepared and encoded in batches of similar length.

    Args:
        texts: as sent, not yet prepared; repeated texts cost nothing.
        cache: folder of remembered vectors, made when missing; None remembers nothing.

    Returns:
        Vectors of shape (texts, dimension), in order; a text with nothing visible in it is all zeros.
    """
    keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
    folder = None if cache is None else cache / f"{encoder.info.digest[:16]}-{PREPARATION_VERSION}"
    known = {} if folder is None else _read(folder, set(keys))
    missing = {key: prepare(text) for key, text in zip(keys, texts, strict=True) if key not in known}
    known.update((key, np.zeros(encoder.info.dimension, dtype=np.float32)) for key, text in missing.items() if not text)
    work = sorted(((key, text) for key, text in missing.items() if text), key=lambda item: len(item[1]))
    for start in range(0, len(work), TEXTS_PER_FILE):
        piece = dict(_encode(encoder, work[start : start + TEXTS_PER_FILE]))
        known.update(piece)
        if folder is not None:
            _write(folder, piece)
        if len(work) > TEXTS_PER_FILE:
            print(f"encoded {min(start + TEXTS_PER_FILE, len(work))} of {len(work)} texts", file=sys.stderr, flush=True)
    vectors = np.zeros((len(texts), encoder.info.dimension), dtype=np.float32)
    for row, key in enumerate(keys):
        vectors[row] = known[key]
    return vectors


def _encode(encoder: Encoder, work: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Row]]:
    for start in range(0, len(work), BATCH):
        batch = work[start : start + BATCH]
        vectors = encoder.encode(encoder.tokenize([text for _, text in batch]))
        yield from zip((key for key, _ in batch), vectors, strict=True)


def _read(folder: Path, wanted: set[str]) -> dict[str, Row]:
    known: dict[str, Row] = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as file:
            keys, vectors = file["keys"], file["vectors"]
        known.update((str(key), vectors[row]) for row, key in enumerate(keys) if str(key) in wanted)
    return known


def _write(folder: Path, piece: dict[str, Row]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex
    unfinished = folder / f"{name}.part"
    with unfinished.open("wb") as file:
        np.savez(file, keys=np.array(list(piece)), vectors=np.stack(list(piece.values())))
    unfinished.replace(folder / f"{name}.npz")
