"""An application over a fake analysis that answers with fixed records, and a way to call it in-process."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager

import httpx
import numpy as np
import pytest

from nlp_service.api.app import create_app
from nlp_service.calls import current_call
from nlp_service.contracts import (
    Aspect,
    Cluster,
    Clustering,
    ContactReason,
    DocumentResult,
    Evidence,
    FaqResult,
    FaqSuggestion,
    Journey,
    ModelInfo,
    Moment,
    Overall,
    Question,
    ReasonNode,
    SentenceResult,
    TextSentiment,
)
from nlp_service.errors import InvalidInputError
from nlp_service.taxonomy import Name, Node, Taxonomy
from nlp_service.telemetry import Telemetry

DIMENSION = 4
FEELINGS = {"negative": 0.86, "neutral": 0.11, "positive": 0.03}
ASPECT = Aspect(0, 2, 0, 5, "negative", -0.9)
SENTENCE = SentenceResult(
    0, "customer", 0, 5, "negative", -0.83, FEELINGS, "complaint", "anger", [ASPECT], "delivery", "logistics.delay"
)
TAXONOMY = Taxonomy(
    "contact",
    "sha256:t",
    (
        Node(code="logistics", name=Name(zh="物流", en="Logistics"), stage="delivery"),
        Node(code="logistics.delay", parent="logistics", name=Name(zh="物流太慢", en="Delay"), aliases=("慢",)),
    ),
)


def _reason(alternatives=3):
    path = [ReasonNode("logistics", "物流", 0.97), ReasonNode("logistics.delay", "物流太慢", 0.91)]
    return ContactReason("tagged", "logistics.delay", path, path[:alternatives], [Evidence(0, 0, 5, 0.62)])


def _faq():
    return FaqResult("suggested", [FaqSuggestion("17", "多久能到？", "三天。", 0.92)])


class FakeAnalysis:
    """Records its calls, their wishes, and how many were cancelled; the next wait `delay_s`, then raise `failure`."""

    def __init__(self, telemetry):
        self.telemetry = telemetry
        self.calls = []
        self.wishes = []
        self.cancelled = 0
        self.failure = None
        self.delay_s = 0.0

    async def _called(self, *arguments):
        self.calls.append(arguments)
        self.wishes.append(current_call())
        try:
            with self.telemetry.stage("encode"):
                await asyncio.sleep(self.delay_s)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failure is not None:
            raise self.failure

    async def analyze(self, documents, features):
        await self._called(documents, features)
        moment = Moment(0, 0, 5, "delivery", "logistics.delay")
        journey = Journey(
            start=-0.1,
            peak=0.7,
            valley=-0.8,
            end=0.4,
            mean=-0.05,
            slope=None,
            recovery=1.2,
            curve=None,
            peak_at=moment,
            valley_at=moment,
            by_stage={"delivery": -0.6},
            by_reason={"logistics.delay": -0.8},
            by_speaker={"customer": -0.05},
        )
        return [
            DocumentResult(
                document.id, "zh-Hans", [_reason()], [SENTENCE], journey, [Question(0, 0, 5, "enquiry", _faq())], []
            )
            for document in documents
        ]

    async def reasons(self, texts, top_k=3, taxonomy=None):
        await self._called(texts, top_k, taxonomy)
        if taxonomy not in (None, "contact"):
            raise InvalidInputError("no such taxonomy is loaded", "/taxonomy")
        return [_reason(top_k) for _ in texts]

    async def sentiment(self, texts):
        await self._called(texts)
        return [TextSentiment([SENTENCE], Overall("negative", -0.83, FEELINGS, "anger")) for _ in texts]

    async def cluster(self, questions, previous=(), *, least_size=None, previous_sample=()):
        await self._called(questions, previous, previous_sample)
        ids = [question.id for question in questions]
        cluster = Cluster("q-1", "多久", "多久能到？", len(ids), 1.0, "enquiry", ["多久"], ids, 0.9, "born")
        return Clustering([cluster], [], sample=[question.text for question in questions])

    async def suggest(self, questions, top_k=3, knowledge_base=None):
        await self._called(questions, top_k, knowledge_base)
        if knowledge_base not in (None, "faq"):
            raise InvalidInputError("no such knowledge base is loaded", "/knowledge_base")
        return [_faq() for _ in questions]

    async def embed(self, texts):
        await self._called(texts)
        return np.full((len(texts), DIMENSION), 0.5, dtype=np.float32), [len(text) for text in texts]

    def models(self):
        return [
            ModelInfo("encoder", "tiny", "0", "sha256:e", "int4", "cpu"),
            ModelInfo("reasons", "r", "1", "sha256:r"),
        ]

    def digests(self):
        return {"encoder": "sha256:e", "reasons": "sha256:r"}

    def taxonomies(self):
        return {"contact": TAXONOMY}


class FakeService:
    """`ready` raises `unready` if that is set."""

    def __init__(self, telemetry):
        self.analysis = FakeAnalysis(telemetry)
        self.unready = None

    async def ready(self):
        await asyncio.sleep(self.analysis.delay_s)
        if self.unready is not None:
            raise self.unready


@pytest.fixture
def telemetry():
    return Telemetry()


@pytest.fixture
def service(telemetry):
    return FakeService(telemetry)


@pytest.fixture
def make_app(service, telemetry):
    """Builds an application over the fake service; keywords go to `create_app`."""

    @asynccontextmanager
    async def start():
        yield service

    return lambda **options: create_app(start, telemetry=telemetry, **options)


@pytest.fixture
def app(make_app):
    return make_app()


Call = Callable[..., httpx.Response]


async def exchange(app, *requests):
    """Send requests, each (method, path, keywords), at once to the started application."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service") as client,
    ):
        return await asyncio.gather(*(client.request(method, path, **kw) for method, path, kw in requests))


@pytest.fixture
def call(app) -> Call:
    """Sends one request to `app`, or to another application given by keyword."""

    def send(method, path, to=None, **keywords):
        return asyncio.run(exchange(to or app, (method, path, keywords)))[0]

    return send


@pytest.fixture
def exchange_many(app):
    """Sends several requests at once to `app`."""
    return lambda *requests: asyncio.run(exchange(app, *requests))
