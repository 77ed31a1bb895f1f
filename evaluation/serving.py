"""Ask the assembled service: evaluation scores what is served, never a private copy of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from nlp_service.analysis import Analysis
from nlp_service.assembly import running
from nlp_service.settings import load
from nlp_service.telemetry import Telemetry

TEXTS_AT_ONCE = 1024

Item = TypeVar("Item")
Result = TypeVar("Result")
Ask = Callable[[Analysis, Sequence[Item]], Awaitable[Sequence[Result]]]


def answers(
    texts: Sequence[Item], ask: Ask[Item, Result], settings: Mapping[str, Any]
) -> tuple[list[Result], dict[str, str]]:
    """What the service, with these settings, answers to each text or document; and the digests of its models."""

    async def collect() -> tuple[list[Result], dict[str, str]]:
        results: list[Result] = []
        async with running(load(settings), Telemetry()) as service:
            for start in range(0, len(texts), TEXTS_AT_ONCE):
                results += await ask(service.analysis, texts[start : start + TEXTS_AT_ONCE])
            return results, service.analysis.digests()

    return asyncio.run(collect())
