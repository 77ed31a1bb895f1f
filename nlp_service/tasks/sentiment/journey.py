"""A customer's emotional journey through one conversation.

People remember an experience by its most intense moment and its end, hardly by how long it took (the peak-end rule:
Kahneman, Fredrickson, Schreiber and Redelmeier, "When More Pain Is Preferred to Less", Psychological Science 1993;
Fredrickson and Kahneman, "Duration Neglect in Retrospective Evaluations of Affective Episodes", Journal of Personality
and Social Psychology 1993). So peak, valley and end stand beside the mean, which hides them.

All is over the scores of the customer's sentences in order; only `by_speaker` knows the agent's. A greeting or a
closing counts like any other sentence: it is part of what people remember, the closing most of all. Positions are
scaled to [0, 1], first to last sentence, so that conversations of different length compare.

- start, end: the first and the last score. One sentence is start, peak, valley and end at once.
- peak, valley: the highest and the lowest score; `peak_at` and `valley_at` are the latest of equals.
- mean: of the scores; `by_stage`, `by_reason`: of those that belong there, in the order in which they first come.
- slope: least-squares change from position 0 to position 1.
- curve: the Nadaraya-Watson estimate (Nadaraya, "On Estimating Regression", Theory of Probability and Its Applications
  1964; Watson, "Smooth Regression Analysis", Sankhya 1964) at eleven even positions, with a Gaussian kernel whose
  standard deviation is 0.15 of the conversation. It is an average everywhere, so it stays between valley and peak, and
  at both ends it is drawn towards the inside.
- recovery: end - valley, if the valley is negative; 0 where the conversation ended at its worst.

Below three sentences slope and curve are null, not zero; so is recovery where there is one sentence, or no valley to
recover from.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Journey, Moment, Speaker

NEGATIVE_BELOW: Final = -0.05
"""A score that counts as negative; closer to zero a score leans nowhere. The customary margin for such scores (Hutto
and Gilbert, "VADER", ICWSM 2014)."""
MIN_SENTENCES_FOR_SHAPE: Final = 3
CURVE_POINTS: Final = 11
BANDWIDTH: Final = 0.15
_DIGITS: Final = 6
_LONGEST_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A customer's sentence: its score in [-1, 1], its place, and stage and contact reason, where known."""

    score: float
    turn: int
    start: int
    end: int
    stage: str | None = None
    reason: str | None = None


def journey(customer: Sequence[ScoredSentence], agent: Sequence[float] = ()) -> Journey | None:
    """The journey over a customer's sentences in order, or None when there are none.

    Args:
        agent: scores of the agent's sentences.
    """
    if not customer:
        return None
    scores = [sentence.score for sentence in customer]
    peak, valley, end = max(scores), min(scores), scores[-1]
    slope, curve = _shape(scores)
    recovers = len(scores) > 1 and valley < NEGATIVE_BELOW
    spoken: dict[Speaker, Sequence[float]] = {"customer": scores, "agent": agent}
    return Journey(
        start=scores[0],
        peak=peak,
        valley=valley,
        end=end,
        mean=_mean(scores),
        slope=slope,
        recovery=round(end - valley, _DIGITS) if recovers else None,
        curve=curve,
        peak_at=_latest(customer, peak),
        valley_at=_latest(customer, valley),
        by_stage=_means([sentence.stage for sentence in customer], scores),
        by_reason=_means([sentence.reason for sentence in customer], scores),
        by_speaker={speaker: _mean(said) for speaker, said in spoken.items() if said},
    )


def _latest(sentences: Sequence[ScoredSentence], score: float) -> Moment:
    at = next(sentence for sentence in reversed(sentences) if sentence.score == score)
    return Moment(at.turn, at.start, at.end, at.stage, at.reason)


def _shape(scores: Sequence[float]) -> tuple[float | None, list[float] | None]:
    """Slope and curve, both linear in the scores."""
    count = len(scores)
    if count < MIN_SENTENCES_FOR_SHAPE:
        return None, None
    weights = _remembered_weights(count) if count <= _LONGEST_REMEMBERED else _weights(count)
    slope, *curve = [round(value, _DIGITS) for value in (weights @ np.array(scores)).tolist()]
    return slope, curve


def _weights(count: int) -> NDArray[np.float64]:
    """What each sentence weighs in the slope (first row) and in each point of the curve; shape (1 + points, count)."""
    positions = np.linspace(0, 1, count)
    centred = positions - positions.mean()
    distances = np.linspace(0, 1, CURVE_POINTS)[:, None] - positions
    kernel = np.exp(-0.5 * (distances / BANDWIDTH) ** 2)
    return np.vstack([centred / (centred @ centred), kernel / kernel.sum(axis=1, keepdims=True)])


_remembered_weights = lru_cache(maxsize=_LONGEST_REMEMBERED)(_weights)


def _means(names: Sequence[str | None], scores: Sequence[float]) -> dict[str, float]:
    groups: dict[str, list[float]] = defaultdict(list)
    for name, score in zip(names, scores, strict=True):
        if name is not None:
            groups[name].append(score)
    return {name: _mean(group) for name, group in groups.items()}


def _mean(scores: Sequence[float]) -> float:
    return round(sum(scores) / len(scores), _DIGITS)
