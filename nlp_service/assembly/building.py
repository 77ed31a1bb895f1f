"""In which order a service comes about, from settings to a proven inference. Start reading here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from threadpoolctl import threadpool_limits

from nlp_service import artifact
from nlp_service.analysis import Analysis
from nlp_service.artifact import Artifact
from nlp_service.assembly.contact_reasons import check, open_own_encoder, reason_classifier
from nlp_service.assembly.embedders import embedding
from nlp_service.assembly.encoders import reference, serving_encoder
from nlp_service.assembly.knowledge_base import faq_suggester
from nlp_service.assembly.service import Service
from nlp_service.calls import Call, calling
from nlp_service.contracts import Encoder, ModelInfo
from nlp_service.embedding.embedder import Embedder
from nlp_service.jobs import JobDesk, Runner, Shelf, Store
from nlp_service.judging import Tasks
from nlp_service.settings import Settings
from nlp_service.tasks.emotions import EmotionClassifier
from nlp_service.tasks.kinds import KindClassifier
from nlp_service.tasks.questions import SeparateClusterer, Standing
from nlp_service.tasks.sentiment import SentimentClassifier, clauses_with_targets
from nlp_service.telemetry import Telemetry

HEADS = ("reasons", "sentiment", "emotions", "kinds", "questions")
WARM_UP = "物流很快，客服态度差"
"""Two clauses: finding what they judge makes jieba read its dictionary, two seconds that no request should wait for."""


@asynccontextmanager
async def running(settings: Settings, telemetry: Telemetry) -> AsyncIterator[Service]:
    """The service as these settings describe it, from loaded models to a proven inference.

    Raises:
        ConfigurationError: if something it needs isn't there or doesn't fit together.
    """
    async with AsyncExitStack() as stack:
        service = await _built(settings, telemetry, stack)
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

    Args:
        embedder: the one that encodes for contact reasons.

    Raises:
        ServiceError: if they can't be used.
    """
    model = await asyncio.to_thread(artifact.load, settings.reasons, "reasons")
    with calling(Call("bulk")):
        reasons = await reason_classifier(settings, model, embedder)
        await check(reasons, embedder)
    return analysis.with_reasons(reasons, _info(model))


async def _built(settings: Settings, telemetry: Telemetry, stack: AsyncExitStack) -> Service:
    """A service that isn't proven yet; what closes it goes onto the stack.

    Not part of `running`, which keeps its names for the life of the process: no reload would free what they hold.
    """
    # The heads' small products take 0.1 ms on one thread, but 8 ms on several that wait for CPUs the encoder uses.
    stack.enter_context(threadpool_limits(1, user_api="blas"))
    encoder_artifact = artifact.load(settings.encoder, "encoder")
    encoder = serving_encoder(settings, encoder_artifact)
    embedder = await stack.enter_async_context(embedding(settings, encoder, telemetry))
    own_encoder = open_own_encoder(settings)
    for_reasons = (
        await stack.enter_async_context(embedding(settings, own_encoder, telemetry)) if own_encoder else embedder
    )
    heads = {kind: artifact.load(getattr(settings, kind), kind) for kind in HEADS}
    faq_artifact = artifact.load(settings.faq_model, "faq")
    clusterer = SeparateClusterer()
    stack.push_async_callback(asyncio.to_thread, clusterer.close)
    tasks = Tasks(
        reasons=await reason_classifier(settings, heads["reasons"], for_reasons),
        sentiment=SentimentClassifier(heads["sentiment"], encoder_digest=encoder.info.digest),
        emotions=EmotionClassifier(heads["emotions"], encoder_digest=encoder.info.digest),
        kinds=KindClassifier(heads["kinds"], encoder_digest=encoder.info.digest),
        questions=clusterer,
        standing=Standing(heads["questions"], encoder_digest=encoder.info.digest),
        faq=await faq_suggester(settings, faq_artifact, embedder),
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
    renew = partial(renewed, settings, for_reasons)
    service = Service(analysis, encoder, reference(encoder_artifact, encoder), renew, telemetry)
    stack.push_async_callback(service.close)
    return service


def _encoder_info(task: str, encoder: Encoder) -> ModelInfo:
    info = encoder.info
    return ModelInfo(task, info.name, info.version, info.digest, info.precision, info.device, info.engine)


def _info(model: Artifact) -> ModelInfo:
    return ModelInfo(model.kind, model.name, model.version, model.digest)
