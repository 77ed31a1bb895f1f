"""Probes and metrics."""

import asyncio

from fastapi import APIRouter, Request, Response

from nlp_service.api.openapi import problems
from nlp_service.api.responses import HealthResponse, respond
from nlp_service.api.services import runtime_of
from nlp_service.errors import NotReadyError
from nlp_service.telemetry import METRICS_MEDIA_TYPE

router = APIRouter(tags=["health"])


@router.get(
    "/health/live",
    operation_id="live",
    summary="Does the process answer?",
    response_model=HealthResponse,
    responses=problems(),
)
async def live(request: Request) -> Response:
    """Touches no model: if this fails, restart the process."""
    return respond(request, HealthResponse("live"))


@router.get(
    "/health/ready",
    operation_id="ready",
    summary="Can requests be answered?",
    response_model=HealthResponse,
    responses=problems(NotReadyError),
)
async def ready(request: Request) -> Response:
    """Makes a real inference, past the queue; fails from the moment the service is asked to end."""
    await runtime_of(request).ready()
    return respond(request, HealthResponse("ready"))


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems()},
)
async def metrics(request: Request) -> Response:
    """Requests, stages, caches, batches and the queue, in the Prometheus text format."""
    rendered = await asyncio.to_thread(runtime_of(request).telemetry.render)  # that of several workers takes a while
    return Response(rendered, headers={"Content-Type": METRICS_MEDIA_TYPE})
