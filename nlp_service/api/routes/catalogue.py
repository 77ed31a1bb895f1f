"""What is loaded: models and taxonomies."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from nlp_service.api.openapi import problems
from nlp_service.api.responses import ModelsResponse, TaxonomiesResponse, TaxonomyResponse, TaxonomySummary, respond
from nlp_service.api.services import runtime_of
from nlp_service.errors import NotFoundError, NotReadyError

router = APIRouter(tags=["catalogue"])


@router.get(
    "/v1/models",
    operation_id="list_models",
    summary="Loaded models",
    response_model=ModelsResponse,
    responses=problems(NotReadyError),
)
async def list_models(request: Request) -> Response:
    """Name, version and digest of every model; precision, device and engine of the encoder."""
    return respond(request, ModelsResponse(runtime_of(request).analysis.models()))


@router.get(
    "/v1/taxonomies",
    operation_id="list_taxonomies",
    summary="Loaded taxonomies",
    response_model=TaxonomiesResponse,
    responses=problems(NotReadyError),
)
async def list_taxonomies(request: Request) -> Response:
    """Size and digest of every taxonomy."""
    summaries = [
        TaxonomySummary(name, tree.digest, tree.depth, len(tree.leaves), len(tree.nodes))
        for name, tree in runtime_of(request).analysis.taxonomies().items()
    ]
    return respond(request, TaxonomiesResponse(summaries))


@router.get(
    "/v1/taxonomies/{id}",
    operation_id="get_taxonomy",
    summary="One taxonomy",
    response_model=TaxonomyResponse,
    responses=problems(NotFoundError, NotReadyError),
)
async def get_taxonomy(request: Request, name: Annotated[str, Path(alias="id")]) -> Response:
    """All nodes with their names, aliases and examples."""
    tree = runtime_of(request).analysis.taxonomies().get(name)
    if tree is None:
        raise NotFoundError("no taxonomy of this id is loaded")
    return respond(request, TaxonomyResponse(name, tree.digest, list(tree.nodes)))
