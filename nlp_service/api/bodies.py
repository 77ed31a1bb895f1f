"""Bytes to a checked request: media type, size, JSON, schema; each refusal is an error of the table in `problems`.

FastAPI's own body reading is bypassed: it takes UTF-16 and NaN, and shows what it was sent in its errors.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from json.decoder import JSONArray, JSONObject  # type: ignore[attr-defined] # in no type stubs, but in every Python
from typing import Any, NoReturn, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers

from nlp_service.api.problems import (
    BodyTooLargeError,
    MalformedBodyError,
    RepeatedFieldError,
    SlowBodyError,
    UnsupportedMediaTypeError,
    invalid_body,
)
from nlp_service.api.requests import RequestModel, field_names
from nlp_service.api.services import runtime_of

M = TypeVar("M", bound=BaseModel)

_CHARSET = re.compile(r'(?:^|;)\s*charset="?([^";\s]+)')
LARGE_BODY = 65_536
"""Bytes that take about a millisecond to parse and check; with more, other requests shouldn't have to wait."""


async def receive(request: Request, limit_s: float) -> bytes:
    """The body, if it arrives within so many seconds.

    Raises:
        UnsupportedMediaTypeError, BodyTooLargeError, SlowBodyError: before it is looked into.
    """
    _check_media_type(request.headers)
    try:
        async with asyncio.timeout(limit_s):
            return await _receive(request, runtime_of(request).max_body_bytes)
    except TimeoutError:
        raise SlowBodyError(f"not received within {limit_s:g} s") from None


async def check(request: Request, body: bytes, model: type[M]) -> M:
    """What the body says.

    Raises:
        MalformedBodyError: if it isn't JSON.
        RepeatedFieldError: if an object has a field twice.
        InvalidBodyError: if it doesn't fit the model.
    """
    with runtime_of(request).telemetry.stage("parse"):
        if len(body) > LARGE_BODY:
            return await asyncio.to_thread(_checked, body, model)
        return _checked(body, model)


def _checked(body: bytes, model: type[M]) -> M:
    content = parse(body)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise invalid_body(error) from None


def parse(body: bytes) -> Any:
    """JSON in UTF-8, as RFC 8259 has it, without its leave to repeat names.

    Raises:
        MalformedBodyError: with the position of the fault, never with what is there.
        RepeatedFieldError: if an object has a field twice.
    """
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise MalformedBodyError(f"not JSON at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise MalformedBodyError("nested too deeply") from None
    except ValueError:
        raise MalformedBodyError("a number has too many digits") from None


def _refuse_constant(_name: str) -> NoReturn:
    raise MalformedBodyError("NaN and Infinity aren't JSON")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which no field would be dropped; being Python, it lets other threads run after each object."""
    content = dict(pairs)
    if len(content) < len(pairs):
        times = Counter(name for name, _ in pairs)
        repeated = next(name for name in times if times[name] > 1)
        shown = repeated if repeated in field_names(RequestModel) else "a field"
        raise RepeatedFieldError(f"{shown} comes more than once in one object")
    return content


def _scan_whole(text: str, start: int) -> Any:
    """The value that begins here, and where it ends, as json's own scanner gives them.

    That is written in C and lets no other thread run before the end. So the body's object and its lists are read in
    Python, value by value: they are long, and what is in them is short.
    """
    if text[start : start + 1] == "{":
        return JSONObject((text, start + 1), True, _scan_field, None, _distinct)
    return _scan_at_once(text, start)


def _scan_field(text: str, start: int) -> Any:
    if text[start : start + 1] == "[":
        return JSONArray((text, start + 1), _scan_at_once)
    return _scan_at_once(text, start)


_DECODER = json.JSONDecoder(object_pairs_hook=_distinct, parse_constant=_refuse_constant)
_scan_at_once: Callable[[str, int], Any] = _DECODER.scan_once  # type: ignore[attr-defined]
_DECODER.scan_once = _scan_whole  # type: ignore[attr-defined]


def _check_media_type(headers: Headers) -> None:
    media_type, _, parameters = headers.get("content-type", "").lower().partition(";")
    if media_type.strip() != "application/json":
        raise UnsupportedMediaTypeError("send Content-Type: application/json")
    if (charset := _CHARSET.search(parameters)) and charset[1] not in ("utf-8", "utf8"):
        raise UnsupportedMediaTypeError("send JSON in UTF-8, as RFC 8259 has it")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaTypeError("send the body uncompressed")


async def _receive(request: Request, limit: int) -> bytes:
    """The whole body; refused as soon as it is known to be too large, so that never more than the limit is held."""
    too_large = BodyTooLargeError(f"at most {limit} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > limit:
            raise too_large
        body += chunk
    return bytes(body)
