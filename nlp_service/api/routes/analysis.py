"""Documents and texts: what customers contact us about, and how they feel."""

from fastapi import APIRouter, Request, Response

from nlp_service.api.bodies import read
from nlp_service.api.openapi import takes, work_problems
from nlp_service.api.requests import AnalyzeRequest, ReasonsRequest, SentimentRequest
from nlp_service.api.responses import AnalyzeResponse, ReasonsResponse, SentimentResponse, respond
from nlp_service.api.services import runtime_of

router = APIRouter(tags=["analysis"])


@router.post(
    "/v1/analyze",
    operation_id="analyze",
    summary="Everything about documents",
    response_model=AnalyzeResponse,
    responses=work_problems(),
    openapi_extra=takes(AnalyzeRequest),
)
async def analyze(request: Request) -> Response:
    """Contact reasons, sentences with sentiment and kind, emotional journey and questions of each document."""
    wanted = await read(request, AnalyzeRequest)
    runtime = runtime_of(request)
    analysis = runtime.analysis
    documents = [document.record() for document in wanted.documents]
    async with runtime.deadline():
        results = await analysis.analyze(documents, wanted.features)
    return respond(request, AnalyzeResponse(results, analysis.digests()))


@router.post(
    "/v1/reasons",
    operation_id="reasons",
    summary="Contact reasons of texts",
    response_model=ReasonsResponse,
    responses=work_problems(),
    openapi_extra=takes(ReasonsRequest),
)
async def reasons(request: Request) -> Response:
    """The path through the taxonomy for each text, as deep as it is sure, and the alternatives to its end."""
    wanted = await read(request, ReasonsRequest)
    runtime = runtime_of(request)
    analysis = runtime.analysis
    async with runtime.deadline():
        results = await analysis.reasons(wanted.texts, wanted.top_k, wanted.taxonomy)
    return respond(request, ReasonsResponse(results, analysis.digests()))


@router.post(
    "/v1/sentiment",
    operation_id="sentiment",
    summary="Sentiment of texts",
    response_model=SentimentResponse,
    responses=work_problems(),
    openapi_extra=takes(SentimentRequest),
)
async def sentiment(request: Request) -> Response:
    """The sentiment of each text's sentences, and of the whole."""
    wanted = await read(request, SentimentRequest)
    runtime = runtime_of(request)
    analysis = runtime.analysis
    async with runtime.deadline():
        results = await analysis.sentiment(wanted.texts)
    return respond(request, SentimentResponse(results, analysis.digests()))
