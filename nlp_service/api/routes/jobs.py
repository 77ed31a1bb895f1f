"""Questions as a job: taken in at once, worked on in their turn, asked for until the result is there."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from nlp_service.api import limits
from nlp_service.api.bodies import check, receive
from nlp_service.api.openapi import RETRY_WHILE_UNFINISHED, body_problems, problems, takes
from nlp_service.api.problems import JOB_RETRY_S, InvalidHeaderError
from nlp_service.api.requests import ClusterJobRequest
from nlp_service.api.responses import ClusterResponse, JobResponse, respond
from nlp_service.api.services import runtime_of
from nlp_service.errors import (
    DeadlineExceededError,
    JobDamagedError,
    JobUnfinishedError,
    NoResultError,
    NotFoundError,
    NotReadyError,
    OverloadedError,
    StorageError,
)
from nlp_service.jobs import Job

KEY_HEADER = "Idempotency-Key"
_UNFINISHED = ("queued", "running")
_KEY = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": (
        "a value of your own, e.g. a UUID: the same request with the same key gets the same job again, whatever has "
        "come of it. Once that job has expired or was removed, it begins a new one."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": limits.MAX_KEY_LENGTH},
}
_LOCATION = {"Location": {"description": "path of the job", "required": True, "schema": {"type": "string"}}}

JobId = Annotated[str, Path(alias="id", description="as it was given; whoever knows it may ask for the result")]

router = APIRouter(prefix="/v1/questions/cluster/jobs", tags=["questions"])


def _takes_with_key() -> dict[str, Any]:
    return {**takes(ClusterJobRequest), "parameters": [_KEY]}


@router.post(
    "",
    operation_id="submit_cluster_job",
    summary="Groups of very many questions, as a job",
    status_code=202,
    response_model=JobResponse,
    responses={
        202: {"headers": {**_LOCATION, **RETRY_WHILE_UNFINISHED}},
        **body_problems(OverloadedError, NotReadyError, StorageError, DeadlineExceededError),
    },
    openapi_extra=_takes_with_key(),
)
async def submit(request: Request) -> Response:
    """Once this is answered, the job outlasts a restart. It waits for its turn: a process works on one at a time.

    The service keeps the texts on its disk until the job is finished. It keeps the result, which quotes some of them,
    for a while after; `DELETE` ends the one and removes the other at once.
    """
    arrived = asyncio.get_running_loop().time()
    key = _key(request)
    runtime = runtime_of(request)
    body = await receive(request, runtime.timeout_s)
    async with runtime.deadline(arrived):
        wanted = await check(request, body, ClusterJobRequest)
        job = await runtime.jobs.add(wanted.work, key)
    location = str(request.app.url_path_for("get_cluster_job", id=job.id))
    return respond(request, JobResponse.of_job(job), {"Location": location, **_retry_after(job)}, 202)


@router.get(
    "/{id}",
    operation_id="get_cluster_job",
    name="get_cluster_job",
    summary="How far a job is",
    response_model=JobResponse,
    responses={
        200: {"headers": RETRY_WHILE_UNFINISHED},
        **problems(NotFoundError, NotReadyError, StorageError, DeadlineExceededError),
    },
)
async def job(request: Request, name: JobId) -> Response:
    """Its status, and how far its present step is; 404 once it has expired or was removed."""
    runtime = runtime_of(request)
    async with runtime.deadline():
        found = await runtime.jobs.job(name)
    return respond(request, JobResponse.of_job(found), _retry_after(found))


@router.get(
    "/{id}/result",
    operation_id="get_cluster_job_result",
    summary="What came of a job",
    response_model=ClusterResponse,
    responses=problems(
        NotFoundError,
        JobUnfinishedError,
        NoResultError,
        JobDamagedError,
        NotReadyError,
        StorageError,
        DeadlineExceededError,
    ),
)
async def result(request: Request, name: JobId) -> Response:
    """Clusters, largest first, as `POST /v1/questions/cluster` answers them."""
    runtime = runtime_of(request)
    async with runtime.deadline():
        outcome = await runtime.jobs.outcome(name)
    return respond(request, ClusterResponse.of(outcome.clustering, outcome.model))


@router.delete(
    "/{id}",
    operation_id="cancel_cluster_job",
    summary="End a job, or remove it with its result",
    response_model=JobResponse,
    response_description="The job is cancelled, and its texts are removed",
    responses={
        204: {"description": "The job and its result are removed"},
        **problems(NotFoundError, NotReadyError, StorageError, DeadlineExceededError),
    },
)
async def cancel(request: Request, name: JobId) -> Response:
    """An unfinished job is cancelled: it says so until it expires, however often this is asked.

    One that succeeded or failed is removed with everything about it: its id is then not found, and its idempotency key
    begins a new job.
    """
    runtime = runtime_of(request)
    async with runtime.deadline():
        ended = await runtime.jobs.cancel(name)
    return Response(status_code=204) if ended is None else respond(request, JobResponse.of_job(ended))


def _key(request: Request) -> str | None:
    key = request.headers.get(KEY_HEADER)
    if key is not None and not 1 <= len(key) <= limits.MAX_KEY_LENGTH:
        raise InvalidHeaderError(f"{KEY_HEADER} may have 1 to {limits.MAX_KEY_LENGTH} characters")
    return key


def _retry_after(job: Job) -> dict[str, str]:
    return {"Retry-After": str(JOB_RETRY_S)} if job.status in _UNFINISHED else {}
