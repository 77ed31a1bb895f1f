"""Which sequences go together: a pure function, so that the rule can be tested without a clock or a model."""

from collections.abc import Sequence


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
