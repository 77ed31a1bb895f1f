"""Which of the uncertain texts are worth a person's time, so that no two ask the same."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Vectors
from nlp_service.review.shortlist import Candidate

UNRELATED, SAME = 0.45, 0.75
"""Cosines of the bundled encoder: below the first, texts of one domain have nothing to do with each other; above the
second, one mostly says what the other does (measured for `tasks.questions.density`)."""
CHARACTERS_AS_LONG_AS_A_DECISION = 200
"""To read them takes a person about as long as to settle on a label."""
DECIMALS = 6
"""Of gains that are compared: of equal ones the earlier candidate is taken, whatever rounding did."""
_BLOCK = 512


def choose(candidates: Sequence[tuple[Candidate, int]], vectors: Vectors, count: int) -> list[int]:
    """Positions of the `count` candidates to be labelled, the most valuable first.

    A label is worth something for every text that resembles the one it is given to. So the choice is the greedy one for
    facility location over the uncertain texts (Wei, Iyer & Bilmes, ICML 2015). A text counts by its uncertainty and by
    the square root of how often it came. What a candidate adds is weighted by its own uncertainty and divided by the
    time it takes to read (cost-sensitive active learning: Settles, Craven & Friedland, NIPS workshop 2008). Unlike
    farthest-first (core-sets), which seeks outliers, this prefers what is typical; what was chosen lowers the worth of
    everything that resembles it.

    Args:
        candidates: each with how often it came.
        vectors: shape (candidates, dimension), unit rows.
    """
    doubts = np.array([candidate.uncertainty for candidate, _ in candidates])
    lengths = np.array([len(candidate.item.text) for candidate, _ in candidates])
    weights = doubts * np.sqrt([times for _, times in candidates])
    factors = doubts / (1 + lengths / CHARACTERS_AS_LONG_AS_A_DECISION)
    covered = np.zeros(len(candidates), dtype=np.float32)
    gains = np.zeros(len(candidates))
    for rows in _blocks(np.arange(len(candidates))):
        gains += weights[rows] @ _likeness(vectors, rows)
    chosen: list[int] = []
    is_left = np.ones(len(candidates), dtype=bool)
    for _ in range(min(count, len(candidates))):
        best = int(np.where(is_left, np.round(gains * factors, DECIMALS), -np.inf).argmax())
        chosen.append(best)
        is_left[best] = False
        now = np.maximum(covered, _likeness(vectors, [best])[0])
        for rows in _blocks(np.flatnonzero(now > covered)):  # only what became better covered lowers anybody's gain
            likeness = _likeness(vectors, rows)
            lost = np.maximum(likeness - covered[rows, None], 0) - np.maximum(likeness - now[rows, None], 0)
            gains -= weights[rows] @ lost
        covered = now
    return chosen


def _blocks(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    return (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))


def _likeness(vectors: Vectors, rows: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float32]:
    """How much each text says what these do, shape (rows, candidates), in [0, 1]; 1 for itself."""
    cosines = vectors[rows] @ vectors.T
    likeness: NDArray[np.float32] = np.clip((cosines - UNRELATED) / (SAME - UNRELATED), 0, 1)
    likeness[np.arange(len(rows)), rows] = 1
    return likeness
