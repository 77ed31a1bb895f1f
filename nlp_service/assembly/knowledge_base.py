"""The knowledge base: its entries, the vectors of their wordings, and the calibration that makes them suggestions."""

import logging
from pathlib import Path

from nlp_service.artifact import Artifact, file_digest
from nlp_service.contracts import Vectors
from nlp_service.embedding.embedder import Embedder
from nlp_service.errors import ArtifactError
from nlp_service.settings import Settings
from nlp_service.tasks.faq import WORDINGS_FILE, Calibration, Entry, FaqSuggester, read_entries, wordings
from nlp_service.text import PREPARATION_VERSION

logger = logging.getLogger(__name__)


async def faq_suggester(settings: Settings, model: Artifact, embedder: Embedder) -> FaqSuggester:
    """Suggestions out of the settings' knowledge base, calibrated by an artefact of kind `faq`.

    Raises:
        ArtifactError: if it isn't what this version reads, or was calibrated on another encoder.
        DataError: if the knowledge base can't be read.
    """
    calibration = Calibration.from_artifact(model)
    if calibration.encoder != embedder.info.digest:
        raise ArtifactError(f"{model.folder}: calibrated on another encoder than the one loaded: train it again")
    entries = read_entries(settings.faq)
    return FaqSuggester(entries, await _wording_vectors(settings.faq, entries, model, embedder), calibration)


async def _wording_vectors(path: Path, entries: list[Entry], model: Artifact, embedder: Embedder) -> Vectors:
    """The vectors of a knowledge base's wordings: stored ones where they belong to this very file, else encoded now."""
    made_from = (file_digest(path), PREPARATION_VERSION)
    if made_from == (model.config.get("knowledge_base_digest"), model.config.get("preparation")):
        stored: Vectors = model.tensors(WORDINGS_FILE)["vectors"]
        return stored
    logger.info("encoding the wordings of %d knowledge-base entries", len(entries))
    return await embedder.embed(wordings(entries))
