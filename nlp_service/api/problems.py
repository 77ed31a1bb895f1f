"""Errors on the wire: one table from error class to RFC 9457 problem, and the answers made of it.

A problem never shows customer text: details come from messages that hold none, and unknown field names are masked.
"""

import logging
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from traceback import walk_tb
from types import MappingProxyType

from fastapi import Response
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Scope

from nlp_service.errors import (
    DeadlineExceededError,
    EncodingError,
    InvalidInputError,
    JobAbandonedError,
    JobDamagedError,
    JobUnfinishedError,
    NoResultError,
    NotFoundError,
    NotReadyError,
    OverloadedError,
    ProcessLostError,
    ServiceError,
    StorageError,
    TooMuchWorkError,
)

MEDIA_TYPE = "application/problem+json"
NOT_READY_RETRY_S = 5
STORAGE_RETRY_S = 60
JOB_RETRY_S = 2
"""When to look again at a job that isn't finished."""
MAX_RETRY_S = 600
CLIENT_GONE = 499
"""nginx's status for a client that left before its answer; only metrics and logs ever see it."""

# Of a field, as ours are written: a key that a client made of data (a name, a telephone number) is seldom like that.
_SHOWABLE_NAME = re.compile(r"[a-z][a-z_]{0,23}")
_CHAIN_LENGTH = 8
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_logger = logging.getLogger("nlp_service.failures")


class MalformedBodyError(ServiceError):
    """A body that isn't JSON in UTF-8."""


class RepeatedFieldError(ServiceError):
    """A body in which an object has a field twice: readers differ in which they take."""


class BodyTooLargeError(ServiceError):
    """A body over the limit."""


class UnsupportedMediaTypeError(ServiceError):
    """A body that doesn't say it is plain JSON."""


class SlowBodyError(ServiceError):
    """A body that didn't arrive in time."""


class MethodNotAllowedError(ServiceError):
    """A path that exists, asked in a way it doesn't answer."""


class InvalidHeaderError(InvalidInputError):
    """A header whose value can't be accepted; the message names it."""


class FieldError(BaseModel):
    """One place in the body that can't be accepted."""

    pointer: str = Field(description="JSON pointer into the body", examples=["/documents/0/turns/2/text"])
    message: str


class InvalidBodyError(InvalidInputError):
    """A body that doesn't fit the request's schema."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("the body doesn't fit the schema")
        self.errors = errors


class Problem(BaseModel):
    """What went wrong (RFC 9457). `type` is stable; the other texts may be reworded."""

    type: str = Field(examples=["urn:nlp-service:problem:invalid-input"])
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldError] | None = Field(
        default=None, description="where the body can't be accepted; of each list, its first unacceptable item"
    )


@dataclass(frozen=True, slots=True)
class ProblemType:
    """How a class of errors looks on the wire."""

    status: int
    slug: str
    title: str

    @property
    def uri(self) -> str:
        """The stable `type` of the problem."""
        return f"urn:nlp-service:problem:{self.slug}"


PROBLEMS: Mapping[type[ServiceError], ProblemType] = MappingProxyType(
    {
        MalformedBodyError: ProblemType(400, "malformed-body", "The body isn't JSON in UTF-8"),
        RepeatedFieldError: ProblemType(400, "repeated-field", "An object in the body has a field more than once"),
        NotFoundError: ProblemType(404, "not-found", "There is nothing of this name"),
        MethodNotAllowedError: ProblemType(405, "method-not-allowed", "The method isn't allowed here"),
        SlowBodyError: ProblemType(408, "slow-body", "The body didn't arrive in time"),
        JobUnfinishedError: ProblemType(409, "job-unfinished", "The job isn't finished"),
        NoResultError: ProblemType(410, "no-result", "The job has no result"),
        TooMuchWorkError: ProblemType(413, "too-much-work", "The request is too much work for its time"),
        BodyTooLargeError: ProblemType(413, "body-too-large", "The body is too large"),
        UnsupportedMediaTypeError: ProblemType(415, "unsupported-media-type", "The body must be plain JSON"),
        InvalidInputError: ProblemType(422, "invalid-input", "The request asks for something that can't be done"),
        OverloadedError: ProblemType(429, "overloaded", "Too much work is waiting"),
        ServiceError: ProblemType(500, "internal-error", "The service failed"),
        EncodingError: ProblemType(500, "encoding-failed", "The encoder failed"),
        JobDamagedError: ProblemType(500, "job-damaged", "The job's files can't be made out"),
        JobAbandonedError: ProblemType(500, "job-abandoned", "The service ended during each attempt at the job"),
        NotReadyError: ProblemType(503, "not-ready", "The service isn't ready"),
        ProcessLostError: ProblemType(503, "interrupted", "The work was interrupted"),
        StorageError: ProblemType(503, "storage-failed", "Jobs can't be kept now"),
        DeadlineExceededError: ProblemType(504, "deadline-exceeded", "The answer wasn't ready in time"),
    }
)

_WORDING: Mapping[str, str] = MappingProxyType(
    {
        "extra_forbidden": "There is no field of this name",
        "list_type": "Input should be an array",
        "model_type": "Input should be an object",
        "none_required": "Give one of text and turns, not both",
        "string_unicode": "Input should be text without lone surrogates",
    }
)
"""By pydantic's type of error: words for callers who know JSON, where pydantic's speak of Python."""

_RETRY_S: Mapping[type[ServiceError], int] = MappingProxyType(
    {
        NotReadyError: NOT_READY_RETRY_S,
        ProcessLostError: NOT_READY_RETRY_S,
        StorageError: STORAGE_RETRY_S,
        JobUnfinishedError: JOB_RETRY_S,
    }
)

_ROUTER_ERRORS: Mapping[int, type[ServiceError]] = MappingProxyType({404: NotFoundError, 405: MethodNotAllowedError})


def problem_type(error_class: type[Exception]) -> ProblemType:
    """The entry of the nearest ancestor in the table; whatever is in no tree of ours is an internal error."""
    return next((PROBLEMS[cls] for cls in error_class.__mro__ if cls in PROBLEMS), PROBLEMS[ServiceError])


def problem_uri(error_name: str) -> str:
    """The `type` of the problem that an error of this name makes."""
    by_name = {cls.__name__: kind for cls, kind in PROBLEMS.items()}
    return by_name.get(error_name, PROBLEMS[ServiceError]).uri


def problem_response(error: Exception) -> Response:
    """The answer to a request that failed; a failure of our own is logged, and shows nothing of its cause."""
    kind = problem_type(type(error))
    problem = Problem(type=kind.uri, title=kind.title, status=kind.status)
    if kind.status == 500:
        log_failure(error)
    else:
        problem.detail = str(error) or None
        problem.errors = _field_errors(error)
    return _response(problem, _retry_after(error))


def log_failure(error: BaseException) -> None:
    """Log what failed and where, without messages or values: they may hold customer text."""
    _logger.error("request failed: %s", _anatomy(error))


def invalid_body(error: ValidationError) -> InvalidBodyError:
    """A validation error without the values that caused it."""
    items = error.errors(include_url=False, include_context=False, include_input=False)
    return InvalidBodyError(
        [FieldError(pointer=_pointer(item["loc"]), message=_WORDING.get(item["type"], item["msg"])) for item in items]
    )


def failure_response(error: Exception, scope: Scope) -> Response:
    """The answer to a request that ended in this error, of whatever kind."""
    if isinstance(error, ClientDisconnect):
        return Response(status_code=CLIENT_GONE)
    if isinstance(error, HTTPException):
        return _refusal(error, scope)
    return problem_response(error)


def _refusal(error: HTTPException, scope: Scope) -> Response:
    """What the router refuses: an unknown path, or a method that the path doesn't answer."""
    kind = PROBLEMS[_ROUTER_ERRORS.get(error.status_code, ServiceError)]
    headers = {"Allow": _allowed(scope)} if kind.status == 405 else error.headers
    return _response(Problem(type=kind.uri, title=kind.title, status=kind.status), headers)


def _allowed(scope: Scope) -> str:
    """All methods of the path; the router names those of one route only."""

    def answered(method: str) -> bool:
        asked = {**scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in scope["app"].routes)

    return ", ".join(method for method in _METHODS if answered(method))


def _response(problem: Problem, headers: Mapping[str, str] | None) -> Response:
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, problem.status, headers, MEDIA_TYPE)


def _retry_after(error: Exception) -> dict[str, str]:
    if isinstance(error, OverloadedError):
        return {"Retry-After": str(max(1, math.ceil(min(error.retry_after_s, MAX_RETRY_S))))}
    return next(({"Retry-After": str(seconds)} for kind, seconds in _RETRY_S.items() if isinstance(error, kind)), {})


def _field_errors(error: Exception) -> list[FieldError] | None:
    if isinstance(error, InvalidBodyError):
        return error.errors
    if isinstance(error, InvalidInputError) and not isinstance(error, InvalidHeaderError):
        return [FieldError(pointer=error.pointer, message=str(error))]
    return None


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join(f"/{_shown(part)}" for part in location if not str(part).startswith("@"))


def _shown(part: int | str) -> str:
    return str(part) if isinstance(part, int) or _SHOWABLE_NAME.fullmatch(part) else "…"


def _anatomy(error: BaseException) -> str:
    links = islice(_chain(error), _CHAIN_LENGTH)
    return ", caused by ".join(f"{type(link).__qualname__} at {_places(link)}" for link in links)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _places(error: BaseException) -> str:
    frames = ((frame.f_code, line) for frame, line in walk_tb(error.__traceback__))
    return " > ".join(f"{code.co_filename}:{line} {code.co_name}" for code, line in frames)
