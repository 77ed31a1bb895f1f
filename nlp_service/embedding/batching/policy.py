"""Who goes next, and with whom: pure functions, so that the rules can be tested without a clock or a model."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nlp_service.calls import Lane

PATIENCE = 7
"""How many interactive batches go before one bulk batch that waits: bulk work gets an eighth, whatever else comes."""
LEAST_SHARE = 64
"""Padded tokens below which a batch isn't divided among idle workers."""

CALL_TOKENS = 12
"""What any batch costs on top of its padded area, in tokens: a call of the runtime, two hops between threads."""


class Turn(NamedTuple):
    """Whose batch begins now.

    Attributes:
        executor: the threads it runs on: a bulk batch that goes before interactive ones mustn't give way to them again.
        share: into how many batches what waits is divided, so that no worker idles.
    """

    lane: Lane
    executor: Lane
    share: int


def turn(
    waiting: Mapping[Lane, int], running: Mapping[Lane, int], *, workers: int, reserved: int, passed_over: int
) -> Turn | None:
    """Whose batch begins now; None if nobody waits, or for a worker.

    Interactive batches find a worker beside bulk ones, which then give way to them.

    Args:
        waiting: sequences, by lane.
        running: batches, by the threads they run on.
        reserved: workers that bulk work leaves free.
        passed_over: interactive batches that have begun, one after another, while bulk work waited.
    """
    if waiting["interactive"]:
        lane: Lane = "bulk" if waiting["bulk"] and passed_over >= PATIENCE else "interactive"
        executor: Lane = "interactive"
        free = workers - running["interactive"]
    else:
        lane = executor = "bulk"
        free = workers - running["bulk"] - max(running["interactive"], reserved)
    return Turn(lane, executor, free) if waiting[lane] and free > 0 else None


def next_batch(lengths: Sequence[int], oldest: int, batch_tokens: int, share: int) -> tuple[int, int]:
    """The next batch out of those whose turn it is: who has waited longest, and others of about the same length.

    Args:
        lengths: tokens of each sequence, ascending.
        oldest: position of the one that has waited longest.
        batch_tokens: most tokens in a batch, padding included.
        share: see `Turn`.

    Returns:
        A half-open range of positions.
    """
    area = lengths[-1] * len(lengths)
    return neighbours(lengths, oldest, min(batch_tokens, max(LEAST_SHARE, -(-area // share))))


def plan(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Cut sequences into batches of similar length.

    Sorting by length keeps padding low; the budget bounds the padded area (longest sequence x sequences) of a batch. A
    sequence longer than the budget gets a batch of its own.

    Args:
        lengths: tokens of each sequence.
        budget: most tokens, padding included, in one batch.

    Returns:
        Positions into `lengths`; each occurs exactly once.
    """
    batches: list[list[int]] = []
    # Ascending, so the sequence being added is always the batch's longest.
    for position in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        if batches and lengths[position] * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches


def neighbours(lengths: Sequence[int], anchor: int, budget: int) -> tuple[int, int]:
    """The batch around one sequence that must go now: those next to it in length, while padding costs less than a call.

    What a batch saves is another batch, so its padding may cost as much, and no more.

    Args:
        lengths: tokens of each sequence, ascending.
        anchor: position of the sequence that must be in the batch.
        budget: most tokens, padding included; the anchor goes even if it is longer.

    Returns:
        A half-open range of positions, which holds the anchor.
    """
    low, high, tokens = anchor, anchor + 1, lengths[anchor]
    while True:
        grown = []
        if low > 0:
            grown.append((lengths[high - 1], tokens + lengths[low - 1], low - 1, high))
        if high < len(lengths):
            grown.append((lengths[high], tokens + lengths[high], low, high + 1))
        size = high - low + 1
        options = [(longest * size - some, some, first, last) for longest, some, first, last in grown]
        affordable = [option for option in options if option[0] <= CALL_TOKENS and sum(option[:2]) <= budget]
        if not affordable:
            return low, high
        _, tokens, low, high = min(affordable)
