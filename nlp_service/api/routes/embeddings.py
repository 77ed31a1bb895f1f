"""Vectors of texts, in the shape of OpenAI's API so that its clients can be used."""

import base64
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from nlp_service.api.bodies import read
from nlp_service.api.openapi import takes, work_problems
from nlp_service.api.requests import EmbeddingsRequest
from nlp_service.api.responses import Embedding, EmbeddingsResponse, Usage, respond
from nlp_service.api.services import runtime_of
from nlp_service.contracts import ModelInfo, Vectors
from nlp_service.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from nlp_service.analysis import Analysis

_ANY_ENCODER = "default"
_DIGEST_HEADER = "X-Model-Digest"

router = APIRouter(tags=["embeddings"])


@router.post(
    "/v1/embeddings",
    operation_id="embeddings",
    summary="Sentence vectors",
    response_model=EmbeddingsResponse,
    responses={
        200: {"headers": {_DIGEST_HEADER: {"description": "the encoder's digest", "schema": {"type": "string"}}}},
        **work_problems(NotFoundError),
    },
    openapi_extra=takes(EmbeddingsRequest),
)
async def embeddings(request: Request) -> Response:
    """A vector of unit length for each text."""
    wanted = await read(request, EmbeddingsRequest)
    runtime = runtime_of(request)
    encoder = _encoder(runtime.analysis, wanted.model)
    async with runtime.deadline():
        vectors, counts = await runtime.analysis.embed(wanted.texts)
    if wanted.dimensions not in (None, vectors.shape[1]):
        raise InvalidInputError(f"the encoder's vectors have {vectors.shape[1]} dimensions", "/dimensions")
    data = _as_base64(vectors) if wanted.encoding_format == "base64" else _as_numbers(vectors)
    usage = Usage(prompt_tokens=sum(counts), total_tokens=sum(counts))
    return respond(request, EmbeddingsResponse(data, encoder.name, usage), {_DIGEST_HEADER: encoder.digest})


def _encoder(analysis: "Analysis", name: str) -> ModelInfo:
    for model in analysis.models():
        if model.task == "encoder" and name in (model.name, _ANY_ENCODER):
            return model
    raise NotFoundError("no encoder of this name is loaded")


def _as_numbers(vectors: Vectors) -> list[Embedding]:
    return [Embedding(index, row) for index, row in enumerate(vectors.tolist())]


def _as_base64(vectors: Vectors) -> list[Embedding]:
    rows = vectors.astype("<f4")
    return [Embedding(index, base64.b64encode(row.tobytes()).decode("ascii")) for index, row in enumerate(rows)]
