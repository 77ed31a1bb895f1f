"""Work for the CPU in parts of a few milliseconds, so that the event loop and its threads are soon free for others."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from nlp_service.telemetry import Telemetry

T = TypeVar("T")


class Pace(NamedTuple):
    """How a stage is done: sizes that add up to `at_once` in a thread (a few ms), `few` on the spot (half a ms)."""

    stage: str
    at_once: int
    few: int


async def done(works: Sequence[Callable[[], T]], sizes: Sequence[int], *, pace: Pace, telemetry: Telemetry) -> list[T]:
    """The results of all works, of these sizes."""
    with telemetry.stage(pace.stage):
        if sum(sizes) <= pace.few:
            return [work() for work in works]
        results: list[T] = []
        for part in _parts(sizes, pace.at_once):
            results += await asyncio.to_thread(lambda some: [work() for work in some], works[part])
        return results


def _parts(sizes: Sequence[int], at_once: int) -> Iterator[slice]:
    """Stretches of neighbours whose sizes add up to at least `at_once`, but for the last."""
    start = total = 0
    for stop, size in enumerate(sizes, start=1):
        total += size
        if total >= at_once or stop == len(sizes):
            yield slice(start, stop)
            start, total = stop, 0
