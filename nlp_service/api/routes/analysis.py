"""Documents and texts: what customers contact us about, and how they feel."""

from fastapi import APIRouter, Request, Response

from nlp_service.api.calls import call
from nlp_service.api.openapi import takes_call, work_problems
from nlp_service.api.pacing import in_slices
from nlp_service.api.requests import AnalyzeRequest, ReasonsRequest, SentimentRequest
from nlp_service.api.responses import AnalyzeResponse, ReasonsResponse, SentimentResponse, respond_with_results
from nlp_service.api.services import runtime_of

router = APIRouter(tags=["analysis"])


@router.post(
    "/v1/analyze",
    operation_id="analyze",
    summary="Everything about documents",
    response_model=AnalyzeResponse,
    responses=work_problems(),
    openapi_extra=takes_call(AnalyzeRequest),
)
async def analyze(request: Request) -> Response:
    """Contact reasons, sentences with sentiment and kind, emotional journey and questions of each document."""
    async with call(request, AnalyzeRequest) as wanted:
        analysis = runtime_of(request).analysis
        documents = await in_slices(document.record() for document in wanted.documents)
        results = await analysis.analyze(documents, wanted.features)
    return await respond_with_results(request, AnalyzeResponse(results, analysis.digests()))


@router.post(
    "/v1/reasons",
    operation_id="reasons",
    summary="Contact reasons of texts",
    response_model=ReasonsResponse,
    responses=work_problems(),
    openapi_extra=takes_call(ReasonsRequest),
)
async def reasons(request: Request) -> Response:
    """The path through the taxonomy for each text, as deep as it is sure, and the alternatives to its end."""
    async with call(request, ReasonsRequest) as wanted:
        analysis = runtime_of(request).analysis
        results = await analysis.reasons(wanted.texts, wanted.top_k, wanted.taxonomy)
    return await respond_with_results(request, ReasonsResponse(results, analysis.digests()))


@router.post(
    "/v1/sentiment",
    operation_id="sentiment",
    summary="Sentiment of texts",
    response_model=SentimentResponse,
    responses=work_problems(),
    openapi_extra=takes_call(SentimentRequest),
)
async def sentiment(request: Request) -> Response:
    """The sentiment of each text's sentences, and of the whole."""
    async with call(request, SentimentRequest) as wanted:
        analysis = runtime_of(request).analysis
        results = await analysis.sentiment(wanted.texts)
    return await respond_with_results(request, SentimentResponse(results, analysis.digests()))
