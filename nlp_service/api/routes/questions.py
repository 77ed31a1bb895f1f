"""Questions: which are frequent, and which the knowledge base answers."""

from fastapi import APIRouter, Request, Response

from nlp_service.api.bodies import read
from nlp_service.api.openapi import takes, work_problems
from nlp_service.api.requests import ClusterRequest, SuggestRequest
from nlp_service.api.responses import ClusterResponse, SuggestResponse, respond
from nlp_service.api.services import runtime_of

router = APIRouter(tags=["questions"])


@router.post(
    "/v1/questions/cluster",
    operation_id="cluster_questions",
    summary="Groups of questions that ask the same",
    response_model=ClusterResponse,
    responses=work_problems(),
    openapi_extra=takes(ClusterRequest),
)
async def cluster(request: Request) -> Response:
    """Clusters, largest first. With `previous`, each says what became of it since."""
    wanted = await read(request, ClusterRequest)
    runtime = runtime_of(request)
    analysis = runtime.analysis
    previous = [cluster.record() for cluster in wanted.previous]
    async with runtime.deadline():
        result = await analysis.cluster(wanted.items(), previous, least_size=wanted.least_size)
    return respond(
        request, ClusterResponse(result.clusters, result.outliers, result.themes, result.gone, analysis.digests())
    )


@router.post(
    "/v1/faq/suggest",
    operation_id="suggest_answers",
    summary="Answers from the knowledge base",
    response_model=SuggestResponse,
    responses=work_problems(),
    openapi_extra=takes(SuggestRequest),
)
async def suggest(request: Request) -> Response:
    """Answers to each question, best first, or that there is none."""
    wanted = await read(request, SuggestRequest)
    runtime = runtime_of(request)
    analysis = runtime.analysis
    async with runtime.deadline():
        results = await analysis.suggest(wanted.questions, wanted.top_k, wanted.knowledge_base)
    return respond(request, SuggestResponse(results, analysis.digests()))
