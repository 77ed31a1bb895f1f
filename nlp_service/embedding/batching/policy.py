"""Which sequences go together: pure functions, so that the rules can be tested without a clock or a model."""

from collections.abc import Sequence

CALL_TOKENS = 12
"""What any batch costs on top of its padded area, in tokens: a call of the runtime, two hops between threads."""


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
