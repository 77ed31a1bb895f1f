"""Which sequences go together: pure functions, so that the rules can be tested without a clock or a model."""

from collections.abc import Sequence

FIXED_TOKENS = 16
"""What any batch costs on top of its padded tokens, in tokens: a call of the runtime, the hop to its thread."""


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
    """The batch around one sequence that must go now: those next to it in length, while they pay.

    A batch costs its padded area and `FIXED_TOKENS`; it grows on the side where it does more work for its cost, until
    the budget is spent or another sequence would make every token dearer. So padding is taken on where it is cheaper
    than another call, and nowhere else.

    Args:
        lengths: tokens of each sequence, ascending.
        anchor: position of the sequence that must be in the batch.
        budget: most tokens, padding included; the anchor goes even if it is longer.

    Returns:
        A half-open range of positions, which holds the anchor.
    """
    low, high = anchor, anchor + 1
    tokens = longest = lengths[anchor]
    work = tokens / (FIXED_TOKENS + tokens)
    while True:
        grown = []
        if low > 0:
            grown.append((low - 1, high, tokens + lengths[low - 1], longest))
        if high < len(lengths):
            grown.append((low, high + 1, tokens + lengths[high], lengths[high]))
        options = [
            (some / (FIXED_TOKENS + most * (after - before)), before, after, some, most)
            for before, after, some, most in grown
            if most * (after - before) <= budget
        ]
        if not options:
            return low, high
        best = max(options)
        if best[0] < work:
            return low, high
        work, low, high, tokens, longest = best
