"""A customer's emotional journey through one conversation.

People remember an experience by its most intense moment and its end (Kahneman et al., "When More Pain Is Preferred to
Less", Psychological Science 1993), so peak, valley and end stand beside the mean, which hides them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nlp_service.contracts import Journey

MIN_SENTENCES_FOR_SLOPE = 3


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A customer's sentence: its score in [-1, 1], and the stage and contact reason it belongs to, where known."""

    score: float
    stage: str | None = None
    reason: str | None = None


def journey(sentences: Sequence[ScoredSentence]) -> Journey | None:
    """The journey over a customer's sentences in order, or None when there are none.

    `slope` is the least-squares change of the score between the first and the last sentence (positions scaled to
    [0, 1]), so that conversations of different length compare.
    """
    if not sentences:
        return None
    scores = [sentence.score for sentence in sentences]
    slope = None
    if len(scores) >= MIN_SENTENCES_FOR_SLOPE:
        slope = round(float(np.polyfit(np.linspace(0, 1, len(scores)), scores, deg=1)[0]), 6)
    return Journey(
        start=scores[0],
        peak=max(scores),
        valley=min(scores),
        end=scores[-1],
        mean=_mean(scores),
        slope=slope,
        by_stage=_means((sentence.stage, sentence.score) for sentence in sentences),
        by_reason=_means((sentence.reason, sentence.score) for sentence in sentences),
    )


def _means(pairs: Iterable[tuple[str | None, float]]) -> dict[str, float]:
    groups: dict[str, list[float]] = defaultdict(list)
    for name, score in pairs:
        if name is not None:
            groups[name].append(score)
    return {name: _mean(scores) for name, scores in groups.items()}


def _mean(scores: Sequence[float]) -> float:
    return round(sum(scores) / len(scores), 6)
