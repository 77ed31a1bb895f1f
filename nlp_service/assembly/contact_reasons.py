"""The contact-reason model with its taxonomy, what it has to have encoded, and the encoder that it may bring."""

import asyncio
import logging
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from nlp_service import artifact, taxonomy
from nlp_service.artifact import Artifact
from nlp_service.assembly.encoders import serving_encoder
from nlp_service.contracts import Encoder, Vectors
from nlp_service.embedding.embedder import Embedder
from nlp_service.errors import OverloadedError
from nlp_service.settings import Settings
from nlp_service.tasks.reasons import ReasonClassifier, check_codes, new_texts
from nlp_service.tasks.reasons.self_check import self_check, texts_to_check
from nlp_service.taxonomy import Changes, Taxonomy

logger = logging.getLogger(__name__)

OWN_ENCODER = "encoder"
"""In the folder of a contact-reason model: the encoder that only it uses."""
TEXTS_AT_ONCE = 512
"""Of a taxonomy, in the queue of the encoder: well below what it holds."""
MAX_OVERLOAD_WAIT_S = 5.0


def open_own_encoder(settings: Settings) -> Encoder | None:
    """The encoder that came with the contact-reason model, if it was trained too (`training.reasons --mode full`).

    Raises:
        ConfigurationError: if it can't be read; and as `open_encoder`.
    """
    folder = settings.reasons / OWN_ENCODER
    return serving_encoder(settings, artifact.load(folder, "encoder")) if folder.is_dir() else None


async def reason_classifier(settings: Settings, model: Artifact, embedder: Embedder) -> ReasonClassifier:
    """A contact-reason model on the settings' taxonomy, or on the one it was trained on if they name none.

    Raises:
        ConfigurationError: if taxonomy, mapping, model and encoder don't fit together, or one can't be read.
    """
    tree, changes = await asyncio.to_thread(_tree, settings, model)
    texts = new_texts(model, tree, changes)
    if texts:
        logger.info("encoding the texts of codes that the reason model doesn't know: %d", len(texts))
    vectors = await _encoded(texts, embedder)
    return await asyncio.to_thread(
        ReasonClassifier,
        model,
        tree,
        encoder_digest=embedder.info.digest,
        precision=settings.reasons_precision,
        changes=changes,
        vectors=vectors,
    )


def check_taxonomy(settings: Settings) -> None:
    """Refuse settings whose contact-reason model and taxonomy don't fit together, without an encoder.

    Raises:
        ConfigurationError: if they don't, or can't be read.
    """
    model = artifact.load(settings.reasons, "reasons")
    check_codes(model, *_tree(settings, model))


async def check(reasons: ReasonClassifier, embedder: Embedder) -> None:
    """Let a classifier judge its taxonomy's own texts.

    Raises:
        ConfigurationError: as `self_check`.
    """
    vectors = await _encoded(texts_to_check(reasons.tree.taxonomy), embedder)
    await asyncio.to_thread(self_check, reasons, vectors)


def _tree(settings: Settings, model: Artifact) -> tuple[Taxonomy, Changes]:
    tree = taxonomy.load(settings.taxonomy or model.folder / model.config["taxonomy"])
    return tree, Changes.onto(settings.taxonomy_mapping, tree) if settings.taxonomy_mapping else Changes()


async def _encoded(texts: Iterable[str], embedder: Embedder) -> dict[str, NDArray[np.float32]]:
    """The vector of each text."""
    wanted = list(dict.fromkeys(texts))
    vectors: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(wanted), TEXTS_AT_ONCE):
        some = wanted[start : start + TEXTS_AT_ONCE]
        vectors |= zip(some, await _patiently_embedded(some, embedder), strict=True)
    return vectors


async def _patiently_embedded(texts: list[str], embedder: Embedder) -> Vectors:
    """Vectors, however full the queue is now: a new tree isn't refused because customers are waiting."""
    while True:
        try:
            return await embedder.embed(texts)
        except OverloadedError as error:
            await asyncio.sleep(min(error.retry_after_s, MAX_OVERLOAD_WAIT_S))
