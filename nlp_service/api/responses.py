"""The envelopes around the result records of `contracts`, and their way to bytes."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from fastapi import Request, Response
from pydantic import Field, TypeAdapter

from nlp_service.api.pacing import in_slices
from nlp_service.api.problems import problem_uri
from nlp_service.api.services import runtime_of
from nlp_service.contracts import (
    Cluster,
    Clustering,
    ContactReason,
    DocumentResult,
    FaqResult,
    GoneCluster,
    ModelInfo,
    RedactedText,
    TextSentiment,
    Theme,
)
from nlp_service.jobs import Job, Status
from nlp_service.taxonomy import Node

Digests = Annotated[
    dict[str, str],
    Field(
        description="digest of each model that answered, and of the taxonomy",
        examples=[{"encoder": "sha256:…", "reasons": "sha256:…", "taxonomy": "sha256:…"}],
    ),
]
Sample = Annotated[
    list[str],
    Field(
        description="texts of up to 1,000 of all questions, without order numbers, links and addresses: "
        "`previous_sample` of the next request",
        examples=[["快递多久能到", "发票可以开公司抬头吗"]],
    ),
]


@dataclass(frozen=True, slots=True)
class AnalyzeResponse:
    """One result a document, in order."""

    documents: list[DocumentResult]
    model: Digests


@dataclass(frozen=True, slots=True)
class ReasonsResponse:
    """One result a text, in order."""

    results: list[ContactReason]
    model: Digests


@dataclass(frozen=True, slots=True)
class SentimentResponse:
    """One result a text, in order."""

    results: list[TextSentiment]
    model: Digests


@dataclass(frozen=True, slots=True)
class RedactResponse:
    """One result a text, in order. No model answers, but rules: `model` has their version."""

    results: list[RedactedText]
    model: Annotated[dict[str, str], Field(examples=[{"redaction": "rules-1"}])]


@dataclass(frozen=True, slots=True)
class ClusterResponse:
    """Clusters and themes, largest first, the ids of questions that belong to none, and what became of `previous`."""

    clusters: list[Cluster]
    outliers: list[str]
    themes: list[Theme]
    gone: list[GoneCluster]
    sample: Sample
    model: Digests

    @classmethod
    def of(cls, found: Clustering, model: dict[str, str]) -> "ClusterResponse":
        """An answer, and the digests of what answered."""
        return cls(found.clusters, found.outliers, found.themes, found.gone, found.sample, model)


@dataclass(frozen=True, slots=True)
class JobResponse:
    """A job. While it is running, `done` of `of` is how far the present step is; it is null where that isn't known."""

    id: str
    status: Status
    questions: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: Annotated[datetime | None, Field(description="when everything about it is removed")]
    step: Annotated[str | None, Field(examples=["encoding", "clustering", "naming"])]
    done: int | None
    of: int | None
    error: Annotated[
        str | None,
        Field(
            description="the `type` of the problem that it failed with",
            examples=["urn:nlp-service:problem:encoding-failed"],
        ),
    ]

    @classmethod
    def of_job(cls, job: Job) -> "JobResponse":
        """As those who ask see it."""
        place = job.place
        return cls(
            id=job.id,
            status=job.status,
            questions=job.questions,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            expires_at=job.expires_at,
            step=place.step if place else None,
            done=place.done if place else None,
            of=place.of if place else None,
            error=problem_uri(job.error) if job.error else None,
        )


@dataclass(frozen=True, slots=True)
class SuggestResponse:
    """One result a question, in order."""

    results: list[FaqResult]
    model: Digests


@dataclass(frozen=True, slots=True)
class Embedding:
    """A unit vector; as base64 of little-endian float32 if that was asked for."""

    index: int
    embedding: list[float] | str
    object: Literal["embedding"] = "embedding"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read."""

    prompt_tokens: int
    total_tokens: int


@dataclass(frozen=True, slots=True)
class EmbeddingsResponse:
    """OpenAI's response: one vector a text, in order. The encoder's digest is in the header `X-Model-Digest`."""

    data: list[Embedding]
    model: str
    usage: Usage
    object: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class ModelsResponse:
    """The models that are loaded."""

    models: list[ModelInfo]


@dataclass(frozen=True, slots=True)
class TaxonomySummary:
    """A loaded taxonomy; `depth` is its number of levels, `nodes` and `leaves` are counts."""

    id: str
    digest: str
    depth: int
    leaves: int
    nodes: int


@dataclass(frozen=True, slots=True)
class TaxonomiesResponse:
    """The taxonomies that are loaded."""

    taxonomies: list[TaxonomySummary]


@dataclass(frozen=True, slots=True)
class TaxonomyResponse:
    """A whole taxonomy, in the order of its file."""

    id: str
    digest: str
    nodes: list[Node]


@dataclass(frozen=True, slots=True)
class HealthResponse:
    """A probe's answer."""

    status: Literal["live", "ready"]


Envelope = (
    AnalyzeResponse
    | ReasonsResponse
    | SentimentResponse
    | RedactResponse
    | ClusterResponse
    | JobResponse
    | SuggestResponse
    | EmbeddingsResponse
    | ModelsResponse
    | TaxonomiesResponse
    | TaxonomyResponse
    | HealthResponse
)
Results = (
    AnalyzeResponse
    | ReasonsResponse
    | SentimentResponse
    | RedactResponse
    | ClusterResponse
    | SuggestResponse
    | EmbeddingsResponse
)
"""Envelopes whose first field is a list, and nearly all there is to write."""

_ADAPTERS: dict[type[Envelope], TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in get_args(Envelope)}
_ITEM_ADAPTERS: dict[type[Results], TypeAdapter[Any]] = {
    kind: TypeAdapter(get_args(fields(kind)[0].type)[0]) for kind in get_args(Results)
}
_FEW = 8
"""Results that are written at once."""


def respond(request: Request, envelope: Envelope, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    """Write an envelope as JSON, without validating again what this program made itself."""
    with runtime_of(request).telemetry.stage("serialise"):
        body = _ADAPTERS[type(envelope)].dump_json(envelope)
    return Response(body, status, headers, "application/json")


async def respond_with_results(request: Request, envelope: Results, headers: dict[str, str] | None = None) -> Response:
    """As `respond`, but other requests get on meanwhile if there are many results."""
    kind, first = type(envelope), fields(envelope)[0].name
    results = getattr(envelope, first)
    if len(results) <= _FEW:
        return respond(request, envelope, headers)
    with runtime_of(request).telemetry.stage("serialise"):
        nothing: dict[str, Any] = {first: []}
        start, _, end = _ADAPTERS[kind].dump_json(replace(envelope, **nothing)).partition(b"[]")
        items = await in_slices(map(_ITEM_ADAPTERS[kind].dump_json, results))
        body = b"".join([start, b"[", b",".join(items), b"]", end])
    return Response(body, 200, headers, "application/json")
