"""Means and shares with their intervals, from sums that never grow."""

import math
from dataclasses import dataclass
from typing import Final

from scipy.special import ndtri, stdtrit

CONFIDENCE: Final = 0.95
_UPPER: Final = 0.5 + CONFIDENCE / 2
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over documents, null without any, and its 95 % interval, null with fewer than two."""

    documents: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `documents`, and the 95 % interval of the share; null where there are no documents."""

    documents: int
    count: int
    share: float | None
    low: float | None
    high: float | None


class RunningMean:
    """Mean and variance one value at a time (Welford, "Note on a Method for Calculating Corrected Sums of Squares and
    Products", Technometrics 1962)."""

    __slots__ = ("_squares", "count", "mean")

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self._squares = 0.0

    def add(self, value: float) -> None:
        """Take one more value in."""
        self.count += 1
        before = value - self.mean
        self.mean += before / self.count
        self._squares += before * (value - self.mean)

    def estimate(self, limit: float = math.inf) -> Estimate:
        """The mean with Student's t interval (Student, "The Probable Error of a Mean", Biometrika 1908).

        Args:
            limit: no value can lie further from zero, so the interval is cut there.
        """
        if not self.count:
            return Estimate(0, None, None, None)
        mean = round(self.mean, _DIGITS)
        if self.count == 1:
            return Estimate(1, mean, None, None)
        error = math.sqrt(self._squares / (self.count - 1) / self.count)
        reach = float(stdtrit(self.count - 1, _UPPER)) * error
        low, high = max(self.mean - reach, -limit), min(self.mean + reach, limit)
        return Estimate(self.count, mean, round(low, _DIGITS), round(high, _DIGITS))


def share(count: int, documents: int) -> Share:
    """A share with the score interval, which holds near 0 and 1 too (Wilson, "Probable Inference, the Law of
    Succession, and Statistical Inference", Journal of the American Statistical Association 1927)."""
    if not documents:
        return Share(0, 0, None, None, None)
    z = float(ndtri(_UPPER))
    rate, scale = count / documents, 1 + z * z / documents
    centre = (rate + z * z / (2 * documents)) / scale
    reach = z * math.sqrt(rate * (1 - rate) / documents + (z / (2 * documents)) ** 2) / scale
    low, high = max(centre - reach, 0.0), min(centre + reach, 1.0)
    return Share(documents, count, round(rate, _DIGITS), round(low, _DIGITS), round(high, _DIGITS))
