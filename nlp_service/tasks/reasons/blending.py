"""From what the head says and what the codes' own texts say to one calibrated distribution over the tree."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_service.tasks.reasons.levels import Levels

Numbers = NDArray[np.float64]
LEAST = 1e-12
SCALE = 25.0
"""Of cosines, where an added code takes its share. What it may cost the others fixes its bias (`training.reasons`), and
then any scale of 10 to 40 recognises as many of its texts. But a low one gives it some of every text's probability, so
that others are sure enough less often: at 10, 15, 20, 25 and 30 they lost 1.6, 0.7, 0.4, 0.3 and 0.3 points of what had
been tagged rightly, while 0.96, 0.94, 0.91, 0.89 and 0.88 of the tags with the added code were right (means of seven
sets of 22 to 56 codes, five examples, a target of 0.85)."""
FARTHEST = -40.0
"""Least log-odds that a text is out of scope by the head, so that one sure answer doesn't outweigh all else."""


@dataclass(frozen=True)
class Calibration:
    """The numbers that training fits on rows the models haven't seen.

    Attributes:
        temperatures: of level 1, 2, …
        pull: how much a cosine counts beside the head for the codes that both know.
        scale: of cosines, where codes that only their texts make known take their share from the others.
        bias: added to the cosines of those codes.
        nearest: weight of the largest cosine in the log-odds of being within scope.
        odds: weight of the head's own log-odds of being within scope.
        usual: those log-odds for a text with a code that the head knows.
        scope: constant of those log-odds.
        in_scope: least probability of being within scope at which a text is.
    """

    temperatures: tuple[float, ...] = ()
    pull: float = 0.0
    scale: float = SCALE
    bias: float = 0.0
    nearest: float = 0.0
    odds: float = 0.0
    usual: float = 0.0
    scope: float = 8.0
    in_scope: float = 0.5

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Calibration":
        """Read what `to_config` gave."""
        return cls(**{**config, "temperatures": tuple(config["temperatures"])})

    def to_config(self) -> dict[str, Any]:
        """JSON-serialisable."""
        return {**asdict(self), "temperatures": list(self.temperatures)}


def blend(
    by_head: Numbers, out_of_scope: Numbers, cosines: Numbers, known: NDArray[np.bool_], calibration: Calibration
) -> tuple[Numbers, Numbers]:
    """Distributions over the codes, before calibration of the levels, and the log-odds of being within scope.

    Codes that only their texts make known take a share by their cosines against all others; the head divides the rest
    among the codes that it knows.

    Args:
        by_head: shape (rows, codes): the head's probabilities of codes; 0 for a code it doesn't know.
        out_of_scope: shape (rows,): the head's probability that it is none of them.
        cosines: shape (rows, codes).
        known: whether the head knows a code, shape (codes,).

    Returns:
        Shape (rows, codes), rows adding up to 1; shape (rows,).
    """
    result = by_head * np.exp(calibration.pull * cosines) if calibration.pull else by_head.copy()
    result += LEAST
    rest = np.ones(len(cosines))
    if not known.all():
        result *= known
        strength = np.exp(calibration.scale * (cosines + np.where(known, 0.0, calibration.bias)))
        share_of_new = np.where(known, 0.0, strength / strength.sum(axis=1, keepdims=True))
        rest -= share_of_new.sum(axis=1)
        result *= (rest / np.maximum(result.sum(axis=1), LEAST))[:, None]
        result += share_of_new
    else:
        result /= result.sum(axis=1, keepdims=True)
    by_odds = np.log((1 - out_of_scope + LEAST) / (out_of_scope + LEAST)).clip(FARTHEST, -FARTHEST)
    # A code that the head doesn't know may be what it takes for out of scope: there its odds don't count.
    by_odds = rest * by_odds + (1 - rest) * calibration.usual if known.any() else np.zeros_like(by_odds)
    odds = calibration.nearest * cosines.max(axis=1, initial=-1.0) + calibration.odds * by_odds + calibration.scope
    return result, odds


def calibrated(distributions: Numbers, odds: Numbers, levels: Levels, calibration: Calibration) -> Numbers:
    """Probability of each code, shape (rows, codes); what is missing to 1 is out of scope."""
    within = 1 / (1 + np.exp(-odds))
    result: Numbers = levels.temper(distributions, calibration.temperatures) * within[:, None]
    return result
