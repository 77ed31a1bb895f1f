"""Texts without personal data. Rules find it: no model is asked, and nothing waits for the encoder."""

from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response

from nlp_service.api.calls import call
from nlp_service.api.openapi import body_problems, takes_call
from nlp_service.api.requests import RedactRequest
from nlp_service.api.responses import RedactResponse, respond_with_results
from nlp_service.api.services import runtime_of
from nlp_service.errors import DeadlineExceededError
from nlp_service.pacing import Pace, done
from nlp_service.text import REDACTION_VERSION, redact

REDACTING: Final = Pace("redact", 2_000, 200)
"""Sizes are characters."""
_MODEL: Final = {"redaction": f"rules-{REDACTION_VERSION}"}

router = APIRouter(tags=["redaction"])


@router.post(
    "/v1/redact",
    operation_id="redact",
    summary="Texts without personal data",
    response_model=RedactResponse,
    responses=body_problems(DeadlineExceededError),
    openapi_extra=takes_call(RedactRequest),
)
async def redact_texts(request: Request) -> Response:
    """Each text with tags such as `[PHONE]` in the place of personal data, and where it was in the text as sent.

    Rules find what has an unmistakable shape or is called what it is; what is masked already stays as it is. This
    lowers the risk of passing personal data on; it is no guarantee that none is left.
    """
    async with call(request, RedactRequest) as wanted:
        works = [partial(redact, text, wanted.types) for text in wanted.texts]
        telemetry = runtime_of(request).telemetry
        results = await done(works, list(map(len, wanted.texts)), pace=REDACTING, telemetry=telemetry)
    return await respond_with_results(request, RedactResponse(results, _MODEL))
