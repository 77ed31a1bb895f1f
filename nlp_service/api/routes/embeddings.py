"""Vectors of texts, in the shape of OpenAI's API so that its clients can be used."""

import base64
from typing import TYPE_CHECKING, cast

import numpy as np
from fastapi import APIRouter, Request, Response

from nlp_service.api.calls import call
from nlp_service.api.openapi import takes_call, work_problems
from nlp_service.api.pacing import in_slices
from nlp_service.api.requests import EmbeddingsRequest
from nlp_service.api.responses import Embedding, EmbeddingsResponse, Usage, respond_with_results
from nlp_service.api.services import runtime_of
from nlp_service.contracts import ModelInfo, Vector
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
    openapi_extra=takes_call(EmbeddingsRequest),
)
async def embeddings(request: Request) -> Response:
    """A vector of unit length for each text."""
    async with call(request, EmbeddingsRequest) as wanted:
        analysis = runtime_of(request).analysis
        encoder = _encoder(analysis, wanted.model)
        vectors, counts = await analysis.embed(wanted.texts)
    blank = np.flatnonzero(~vectors.any(axis=1))
    if len(blank):
        raise InvalidInputError("nothing of the text is left to encode", f"/input/{blank[0]}")
    if wanted.dimensions not in (None, vectors.shape[1]):
        raise InvalidInputError(f"the encoder's vectors have {vectors.shape[1]} dimensions", "/dimensions")
    written = _as_base64 if wanted.encoding_format == "base64" else _as_numbers
    data = await in_slices(Embedding(index, written(row)) for index, row in enumerate(vectors))
    usage = Usage(prompt_tokens=sum(counts), total_tokens=sum(counts))
    answer = EmbeddingsResponse(data, encoder.name, usage)
    return await respond_with_results(request, answer, {_DIGEST_HEADER: encoder.digest})


def _encoder(analysis: "Analysis", name: str) -> ModelInfo:
    for model in analysis.models():
        if model.task == "encoder" and name in (model.name, _ANY_ENCODER):
            return model
    raise NotFoundError("no encoder of this name is loaded")


def _as_numbers(vector: Vector) -> list[float]:
    return cast(list[float], vector.tolist())


def _as_base64(vector: Vector) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
