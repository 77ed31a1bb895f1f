"""Builds the service from settings, hands each room what it needs, and closes everything in reverse order.

The only module that sees all others. Nothing here runs at import time.
"""

import asyncio
import logging
import math
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from nlp_service import artifact, taxonomy
from nlp_service.analysis import Analysis
from nlp_service.artifact import Artifact, file_digest
from nlp_service.calls import Call, calling
from nlp_service.contracts import Encoder, ModelInfo, VectorCache, Vectors
from nlp_service.embedding.batching.batcher import Batcher
from nlp_service.embedding.cache.memory import MemoryCache
from nlp_service.embedding.embedder import Embedder
from nlp_service.embedding.half_precision import HalfPrecision
from nlp_service.errors import (
    ArtifactError,
    ConfigurationError,
    NotReadyError,
    OverloadedError,
    ServiceError,
    TaxonomyError,
)
from nlp_service.jobs import JobDesk, Runner, Shelf, Store
from nlp_service.judging import Tasks
from nlp_service.settings import Settings
from nlp_service.tasks.emotions import EmotionClassifier
from nlp_service.tasks.faq import WORDINGS_FILE, Calibration, Entry, FaqSuggester, read_entries, wordings
from nlp_service.tasks.kinds import KindClassifier
from nlp_service.tasks.questions import QuestionClusterer
from nlp_service.tasks.reasons import ReasonClassifier, new_texts
from nlp_service.tasks.reasons.self_check import self_check, texts_to_check
from nlp_service.tasks.sentiment import SentimentClassifier, clauses_with_targets
from nlp_service.taxonomy import Changes, Taxonomy
from nlp_service.telemetry import Telemetry
from nlp_service.text import PREPARATION_VERSION, prepare

if TYPE_CHECKING:
    from nlp_service.embedding.encoder.artifact_encoder import ArtifactEncoder

logger = logging.getLogger(__name__)

REFERENCE = "reference.safetensors"
HEADS = ("reasons", "sentiment", "emotions", "kinds")
OWN_ENCODER = "encoder"
"""In the folder of a contact-reason model: the encoder that only it uses."""
MIN_REFERENCE_COSINE = 0.999
CGROUP = Path("/sys/fs/cgroup")
CPU_QUOTAS = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
"""Files that hold a container's quota and its period, both in µs: of control groups version 2, and of version 1."""
TEXTS_AT_ONCE = 512
"""Of a taxonomy or knowledge base, in the queue of the encoder: well below what it holds."""
MAX_OVERLOAD_WAIT_S = 5.0
WARM_UP = "物流很快，客服态度差"
"""Two clauses: finding what they judge makes jieba read its dictionary, two seconds that no request should wait for."""
DIGEST_SHOWN = 12


@dataclass
class Service:
    """A running service.

    Attributes:
        analysis: what answers now; a reload puts another in its place.
        _renewed: makes the one that would take the place of another.
    """

    analysis: Analysis
    _encoder: Encoder
    _reference: tuple[str, Vectors]
    _renewed: Callable[[Analysis], Awaitable[Analysis]]
    _telemetry: Telemetry
    _reloading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ready(self) -> None:
        """Encode a reference sentence past cache and queue, and compare with the original model's vector.

        Raises:
            NotReadyError: if the encoder fails or its vector is wrong.
        """
        text, expected = self._reference
        try:
            vectors = await asyncio.to_thread(lambda: self._encoder.encode(self._encoder.tokenize([prepare(text)])))
        except Exception as error:  # whatever a runtime raises, the answer is "not ready"
            raise NotReadyError(f"the encoder fails: {type(error).__name__}") from error
        if not float(vectors[0] @ expected) >= MIN_REFERENCE_COSINE:
            raise NotReadyError("the encoder doesn't give the vectors it was built to give")

    async def reload(self) -> None:
        """Read the contact-reason model, its taxonomy and the mapping again, and answer with them from now on.

        Requests under way end with what they began with. Reloads take turns; each reads what is there in its turn.

        Raises:
            ServiceError: if the new ones can't be read or don't pass the check; the old ones go on answering.
        """
        async with self._reloading:
            before = self.analysis.digests()
            try:
                self.analysis = await self._renewed(self.analysis)
            except Exception as error:  # whatever is wrong with the new ones, the old ones aren't
                self._telemetry.reload("refused")
                if isinstance(error, ServiceError):
                    raise
                raise ConfigurationError(f"the contact-reason model can't be used: {type(error).__name__}") from error
            self._telemetry.reload("swapped")
            after = self.analysis.digests()
            changes = [
                f"{name} {before[name][:DIGEST_SHOWN]} -> {after[name][:DIGEST_SHOWN]}"
                for name in ("reasons", "taxonomy")
            ]
            logger.info("reloaded: %s", ", ".join(changes))


@asynccontextmanager
async def running(settings: Settings, telemetry: Telemetry) -> AsyncIterator[Service]:
    """The service as these settings describe it, from loaded models to a proven inference.

    Raises:
        ConfigurationError: if something it needs isn't there or doesn't fit together.
    """
    async with AsyncExitStack() as stack:
        # The heads' small products take 0.1 ms on one thread, but 8 ms on several that wait for CPUs the encoder uses.
        stack.enter_context(threadpool_limits(1, user_api="blas"))
        encoder_artifact = artifact.load(settings.encoder, "encoder")
        encoder = _encoder(settings, encoder_artifact)
        embedder = await _embedder(stack, settings, encoder, telemetry)
        own_encoder = _own_encoder(settings)
        for_reasons = await _embedder(stack, settings, own_encoder, telemetry) if own_encoder else embedder
        heads = {kind: artifact.load(getattr(settings, kind), kind) for kind in HEADS}
        faq_artifact = artifact.load(settings.faq_model, "faq")
        tasks = Tasks(
            reasons=await _reasons(settings, heads["reasons"], for_reasons),
            sentiment=SentimentClassifier(heads["sentiment"], encoder_digest=encoder.info.digest),
            emotions=EmotionClassifier(heads["emotions"], encoder_digest=encoder.info.digest),
            kinds=KindClassifier(heads["kinds"], encoder_digest=encoder.info.digest),
            questions=QuestionClusterer(),
            faq=await _faq(settings, faq_artifact, embedder),
        )
        analysis = Analysis(
            embedder,
            tasks,
            knowledge_base=settings.faq.stem,
            models=[
                _encoder_info("encoder", encoder),
                *(_info(item) for item in [*heads.values(), faq_artifact]),
                *([_encoder_info("reasons_encoder", own_encoder)] if own_encoder else []),
            ],
            telemetry=telemetry,
            for_reasons=for_reasons,
            judgements=settings.judgements,
        )
        reference = _reference(encoder_artifact, encoder)
        service = Service(analysis, encoder, reference, partial(renewed, settings, for_reasons), telemetry)
        await service.ready()
        await asyncio.to_thread(clauses_with_targets, WARM_UP)
        yield service


@asynccontextmanager
async def taking_jobs(settings: Settings, service: Service) -> AsyncIterator[JobDesk]:
    """Take jobs in and work on them, also on those that an earlier process left; for servers, not for commands."""
    shelf = Shelf(settings.jobs)
    store = Store(shelf, ttl_s=settings.jobs_ttl_s)
    runner = Runner(shelf, store, lambda: service.analysis)
    async with runner.working():
        yield JobDesk(store, runner)


async def renewed(settings: Settings, embedder: Embedder, analysis: Analysis) -> Analysis:
    """An analysis like this one with the contact-reason model, taxonomy and mapping that the settings' files hold now.

    Raises:
        ServiceError: if they can't be used.
    """
    model = await asyncio.to_thread(artifact.load, settings.reasons, "reasons")
    with calling(Call("bulk")):
        reasons = await _reasons(settings, model, embedder)
        vectors = await _encoded(texts_to_check(reasons.tree.taxonomy), embedder)
    await asyncio.to_thread(self_check, reasons, vectors)
    return analysis.with_reasons(reasons, _info(model))


def available_cpus() -> int:
    """CPUs this process may use: its affinity, or the container's quota where that is lower; at least 1."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(cpus, _cpu_quota())))


def _cpu_quota() -> float:
    """CPUs that the container may use on average; infinite if there is no limit, or none that can be read."""
    for files in CPU_QUOTAS:
        try:
            quota, period = map(int, " ".join((CGROUP / file).read_text(encoding="ascii") for file in files).split())
        except (OSError, ValueError):  # not there, or `max`
            continue
        if quota > 0 and period > 0:  # version 1 says -1 for no limit
            return quota / period
    return math.inf


def open_encoder(encoder_artifact: Artifact, *, engine: str, device: str, threads: int) -> "ArtifactEncoder":
    """An encoder artefact on an engine, one of `Settings.engine`; proven to use the device.

    Raises:
        ConfigurationError: if the engine isn't installed, or can't or doesn't use the device.
    """
    if engine == "fake":
        from nlp_service.embedding.encoder.fake import FakeArtifactEncoder

        return FakeArtifactEncoder(encoder_artifact)
    if engine == "torch":
        from nlp_service.embedding.encoder.torch_engine import TorchEncoder

        return TorchEncoder(encoder_artifact, threads=threads, device=device)
    from nlp_service.embedding.encoder.onnx import OnnxEncoder

    return OnnxEncoder(encoder_artifact, threads=threads, device=device)


def _encoder(settings: Settings, encoder_artifact: Artifact) -> Encoder:
    """One thread a batch: dividing a batch among threads makes them wait for each other at every operator."""
    return open_encoder(encoder_artifact, engine=settings.engine, device=settings.device, threads=1)


def _reference(encoder_artifact: Artifact, encoder: Encoder) -> tuple[str, Vectors]:
    """A text, and the vector that it must have."""
    text = encoder_artifact.config["reference_texts"][0]
    if encoder.info.engine == "fake":
        return text, encoder.encode(encoder.tokenize([prepare(text)]))[0]
    return text, encoder_artifact.tensors(REFERENCE)["vectors"][0]


def _own_encoder(settings: Settings) -> Encoder | None:
    """The encoder that came with the contact-reason model, if it was trained too (`training.reasons --mode full`)."""
    folder = settings.reasons / OWN_ENCODER
    return _encoder(settings, artifact.load(folder, "encoder")) if folder.is_dir() else None


async def _embedder(stack: AsyncExitStack, settings: Settings, encoder: Encoder, telemetry: Telemetry) -> Embedder:
    cache = _cache(settings, encoder, telemetry)
    stack.push_async_callback(cache.close)
    encoder = HalfPrecision(encoder)
    on_cpu = settings.device == "cpu"
    batch_tokens = settings.batch_tokens or (256 if on_cpu else 16_384)
    batcher = Batcher(
        encoder,
        workers=settings.threads or (available_cpus() if on_cpu else 1),
        batch_tokens=batch_tokens,
        queue_tokens=settings.queue_tokens or batch_tokens * (256 if on_cpu else 64),
        telemetry=telemetry,
    )
    stack.push_async_callback(batcher.close)
    await batcher.warm_up()
    return Embedder(encoder, batcher, cache, telemetry)


def _cache(settings: Settings, encoder: Encoder, telemetry: Telemetry) -> VectorCache:
    memory = MemoryCache(settings.cache_entries, telemetry)
    if settings.redis_url is None:
        return memory
    from nlp_service.embedding.cache.redis import RedisCache
    from nlp_service.embedding.cache.tiered import TieredCache

    redis = RedisCache(
        settings.redis_url,
        dimension=encoder.info.dimension,
        timeout_s=settings.redis_timeout_ms / 1000,
        ttl_s=settings.redis_ttl_s,
        pause_s=settings.redis_pause_ms / 1000,
        telemetry=telemetry,
    )
    return TieredCache(memory, redis)


async def _reasons(settings: Settings, model: Artifact, embedder: Embedder) -> ReasonClassifier:
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


def _tree(settings: Settings, model: Artifact) -> tuple[Taxonomy, Changes]:
    tree = taxonomy.load(settings.taxonomy or model.folder / model.config["taxonomy"])
    changes = Changes.load(settings.taxonomy_mapping) if settings.taxonomy_mapping else Changes()
    problems = changes.contradictions(None, tree)
    if problems:
        raise TaxonomyError("\n".join(f"{settings.taxonomy_mapping}: {problem}" for problem in problems))
    return tree, changes


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


async def _faq(settings: Settings, model: Artifact, embedder: Embedder) -> FaqSuggester:
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


def _encoder_info(task: str, encoder: Encoder) -> ModelInfo:
    info = encoder.info
    return ModelInfo(task, info.name, info.version, info.digest, info.precision, info.device, info.engine)


def _info(model: Artifact) -> ModelInfo:
    return ModelInfo(model.kind, model.name, model.version, model.digest)
