"""Questions: which are frequent, and which the knowledge base answers."""

from fastapi import APIRouter, Request, Response

from nlp_service.api.calls import call
from nlp_service.api.openapi import takes_call, work_problems
from nlp_service.api.pacing import in_slices
from nlp_service.api.requests import ClusterRequest, SuggestRequest
from nlp_service.api.responses import ClusterResponse, SuggestResponse, respond_with_results
from nlp_service.api.services import runtime_of
from nlp_service.errors import ProcessLostError

router = APIRouter(tags=["questions"])


@router.post(
    "/v1/questions/cluster",
    operation_id="cluster_questions",
    summary="Groups of questions that ask the same",
    response_model=ClusterResponse,
    responses=work_problems(ProcessLostError),
    openapi_extra=takes_call(ClusterRequest),
)
async def cluster(request: Request) -> Response:
    """Clusters, largest first. With `previous`, each says what became of it since; with its `sample`, what is new."""
    async with call(request, ClusterRequest) as wanted:
        analysis = runtime_of(request).analysis
        previous = await in_slices(wanted.earlier())
        result = await analysis.cluster(
            wanted.items(), previous, least_size=wanted.least_size, previous_sample=wanted.previous_sample
        )
    return await respond_with_results(request, ClusterResponse.of(result, analysis.digests()))


@router.post(
    "/v1/faq/suggest",
    operation_id="suggest_answers",
    summary="Answers from the knowledge base",
    response_model=SuggestResponse,
    responses=work_problems(),
    openapi_extra=takes_call(SuggestRequest),
)
async def suggest(request: Request) -> Response:
    """Answers to each question, best first, or that there is none."""
    async with call(request, SuggestRequest) as wanted:
        analysis = runtime_of(request).analysis
        results = await analysis.suggest(wanted.questions, wanted.top_k, wanted.knowledge_base)
    return await respond_with_results(request, SuggestResponse(results, analysis.digests()))
