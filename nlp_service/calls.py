"""What the caller at hand asks of the queue, carried by the context: whom it may overtake, and until when it waits.

Between whoever takes a request (`api`, `jobs`) and the queue lie rooms that care about neither.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

Lane = Literal["interactive", "bulk"]
"""Somebody waits for the answer, or it belongs to work that may take its time."""
LANES: tuple[Lane, ...] = get_args(Lane)


@dataclass(frozen=True, slots=True)
class Call:
    """One caller's wishes.

    Attributes:
        lane: where its sequences wait; by their number, if None.
        deadline: when the answer is of no use any more, by the clock of `time.monotonic` (asyncio's own), in seconds.
        identity: the same for a request that is sent again; None, if nobody will know it again.
    """

    lane: Lane | None = None
    deadline: float = math.inf
    identity: int | None = None


_current: ContextVar[Call] = ContextVar("nlp_service_call", default=Call())  # noqa: B039 - it is frozen


def current_call() -> Call:
    """The call that this code works for; one without wishes, if nobody said."""
    return _current.get()


@contextmanager
def calling(call: Call) -> Iterator[None]:
    """Do the block's work for this call. Tasks and threads started inside inherit it."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)
