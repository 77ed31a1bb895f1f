"""The parts of the OpenAPI document that FastAPI can't derive: bodies that it doesn't read, and problems."""

from typing import Any

from fastapi.openapi.constants import REF_TEMPLATE
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from nlp_service.api.calls import PARAMETERS
from nlp_service.api.examples import EXAMPLES
from nlp_service.api.problems import (
    MEDIA_TYPE,
    BodyTooLargeError,
    MalformedBodyError,
    Problem,
    ProblemType,
    RepeatedFieldError,
    SlowBodyError,
    UnsupportedMediaTypeError,
    problem_type,
)
from nlp_service.api.requests import RequestModel
from nlp_service.errors import (
    DeadlineExceededError,
    EncodingError,
    InvalidInputError,
    NotReadyError,
    OverloadedError,
    ServiceError,
    TooMuchWorkError,
)

Responses = dict[int | str, dict[str, Any]]

DESCRIPTION = """
Text analytics for contact centres: contact reasons, sentiment, frequent questions, FAQ answers. Chinese first.

Every task takes a list and answers one result per item, in order. Offsets are half-open `[start, end)` in Unicode code
points of the text as sent. Errors are `application/problem+json` (RFC 9457) and never show what was sent.
Every response has a `Server-Timing` header with the stages' times in milliseconds.
"""

_SECONDS = {"description": "whole seconds to wait", "schema": {"type": "integer", "minimum": 1}}
_RETRY_AFTER = {"Retry-After": {**_SECONDS, "required": True}}
RETRY_WHILE_UNFINISHED = {"Retry-After": {**_SECONDS, "description": "whole seconds to wait, while it is unfinished"}}


def problems(*errors: type[ServiceError]) -> Responses:
    """The responses of an operation that can fail in these ways, or with an internal error."""
    by_status: dict[int, list[ProblemType]] = {}
    for kind in map(problem_type, (*errors, ServiceError)):
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _problem_response(status, kinds) for status, kinds in sorted(by_status.items())}


def body_problems(*errors: type[ServiceError]) -> Responses:
    """The responses of an operation that reads a body; `errors` are what else it can answer."""
    return problems(
        MalformedBodyError,
        RepeatedFieldError,
        SlowBodyError,
        BodyTooLargeError,
        UnsupportedMediaTypeError,
        InvalidInputError,
        *errors,
    )


def work_problems(*errors: type[ServiceError]) -> Responses:
    """The responses of an operation that reads a body and works on it; `errors` are what only it can add."""
    return body_problems(
        OverloadedError, TooMuchWorkError, EncodingError, NotReadyError, DeadlineExceededError, *errors
    )


def takes(model: type[RequestModel]) -> dict[str, Any]:
    """The body that `bodies.check` will check, as an operation's `openapi_extra`."""
    content = {"schema": _reference(model), "examples": EXAMPLES[model]}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def takes_call(model: type[RequestModel]) -> dict[str, Any]:
    """The body and the headers that `calls.call` will check."""
    return {**takes(model), "parameters": list(PARAMETERS)}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add the schemas that `takes` and `problems` refer to, and take out FastAPI's own error, which never occurs."""
    schemas = document["components"]["schemas"]
    _, definitions = models_json_schema(
        [*((model, "validation") for model in EXAMPLES), (Problem, "serialization")], ref_template=REF_TEMPLATE
    )
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        if MEDIA_TYPE not in operation["responses"].get("422", {}).get("content", {MEDIA_TYPE: {}}):
            del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    clashes = schemas.keys() & definitions["$defs"].keys()
    if clashes:
        raise RuntimeError(f"a request and a response share the schema name {clashes}")
    schemas.update(definitions["$defs"])
    return document


def _problem_response(status: int, kinds: list[ProblemType]) -> dict[str, Any]:
    examples = {kind.slug: {"value": {"type": kind.uri, "title": kind.title, "status": kind.status}} for kind in kinds}
    response: dict[str, Any] = {
        "description": "; ".join(kind.title for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": _reference(Problem), "examples": examples}},
    }
    return {**response, "headers": _RETRY_AFTER} if status in (409, 429, 503) else response


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF_TEMPLATE.format(model=model.__name__)}
