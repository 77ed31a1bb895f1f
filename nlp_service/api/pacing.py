"""Long work on the event loop, in slices between which other requests get on.

A thread wouldn't help: pydantic and numpy hold the interpreter's lock until they have written or made the last number.
"""

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")

SLICE_S = 0.002


async def in_slices(items: Iterable[T]) -> list[T]:
    """Make all items of a lazy iterable; others wait for a slice and one item at most."""
    made: list[T] = []
    began = perf_counter()
    for item in items:
        made.append(item)
        if perf_counter() - began > SLICE_S:
            await asyncio.sleep(0)
            began = perf_counter()
    return made
