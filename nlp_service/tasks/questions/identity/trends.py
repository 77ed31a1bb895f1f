"""Whether a number of questions has changed from one window to another by more than chance."""

from collections.abc import Sequence
from math import isqrt, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import ShareChange

FALSE_ALARMS: Final = 0.02
"""In how many answers about windows of the same traffic a change of share or a birth may be claimed at all."""

LEAST_BASE: Final = 20
"""In how many questions of both windows together a change is looked for."""

# 97.5 % of the standard normal distribution.
_QUANTILE: Final = 1.959964
# How far from the mean of a hypergeometric distribution its terms are added up: in roots of the mean, which are no less
# than its standard deviation, and how much farther.
_ROOTS_NEAR: Final = 10
_NEAR: Final = 40


class Counts(NamedTuple):
    """So many of so many questions in the earlier window, and in this one."""

    before: int
    of_before: int
    now: int
    of_now: int


def share_change(counts: Counts, clumping: float = 1.0) -> ShareChange:
    """Return both shares and the 95 % interval of their difference.

    Args:
        clumping: by how many times a share varies more than if each question were drawn by itself.

    Source: Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
    methods", Statistics in Medicine 1998, method 10 (hybrid of two score intervals, without continuity correction).
    """
    before, now = counts.before / counts.of_before, counts.now / counts.of_now
    low_before, high_before = _score_interval(before, counts.of_before / clumping)
    low_now, high_now = _score_interval(now, counts.of_now / clumping)
    return ShareChange(
        before=before,
        now=now,
        low=now - before - sqrt((now - low_now) ** 2 + (high_before - before) ** 2),
        high=now - before + sqrt((high_now - now) ** 2 + (before - low_before) ** 2),
    )


def chance_of_change(counts: Sequence[Counts]) -> NDArray[np.float64]:
    """Return p values, shape (tests,), of "the share is the same": Fisher's exact test, twice the smaller tail."""
    chances: NDArray[np.float64] = 2 * np.minimum(_tail(counts), _tail([_reversed(one) for one in counts]))
    return np.minimum(chances, 1.0, out=chances)


def chance_of_growth(counts: Sequence[Counts]) -> NDArray[np.float64]:
    """Return p values, shape (tests,), of "the share is the same or smaller": Fisher's exact test, one tail."""
    return _tail(counts)


def beyond_chance(chances: NDArray[np.float64], rate: float, *, among: int | None = None) -> NDArray[np.bool_]:
    """Which hypotheses to reject so that a true one is among them with a probability of `rate` at most.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 1979;
    it holds however the tests depend on each other.

    Args:
        chances: p values, shape (tests,).
        among: of how many hypotheses these were picked, if by what the data say; by default they are all.
    """
    order = np.argsort(chances, kind="stable")
    hypotheses = len(chances) if among is None else among
    passed = chances[order] <= rate / np.arange(hypotheses, hypotheses - len(chances), -1)
    rejected = np.zeros(len(chances), dtype=np.bool_)
    rejected[order] = np.logical_and.accumulate(passed)
    return rejected


def _tail(counts: Sequence[Counts]) -> NDArray[np.float64]:
    return np.array([_chance_of_as_many(one) for one in counts])


def _chance_of_as_many(counts: Counts) -> float:
    """Probability of as many questions now or more, given how many there are in both windows.

    It is a tail of the hypergeometric distribution. Of its terms, only those near the mean are added up; the others
    together are less than 10^-21 (Bernstein's inequality, which holds for draws without replacement too: Hoeffding,
    Journal of the American Statistical Association 1963, section 6). So the time grows with the root of the questions
    now, and an earlier window may be as large as its record, which anybody can write, says.
    """
    counted = counts.before + counts.now
    mean = counted * counts.of_now // max(1, counts.of_before + counts.of_now)
    near = _ROOTS_NEAR * isqrt(mean) + _NEAR
    least = max(0, counted - counts.of_before, mean - near)
    most = min(counted, counts.of_now, mean + near)
    some = np.arange(least, most, dtype=np.float64)
    left = (counts.of_now - some) * (counted - some)
    growth = left / ((some + 1) * (counts.of_before - counted + some + 1))
    logarithms = np.concatenate([[0.0], np.cumsum(np.log(growth))])
    terms = np.exp(logarithms - logarithms.max())
    return float(terms[max(0, counts.now - least) :].sum() / terms.sum())


def _reversed(counts: Counts) -> Counts:
    return Counts(counts.now, counts.of_now, counts.before, counts.of_before)


def _score_interval(share: float, total: float) -> tuple[float, float]:
    """Wilson's interval of a proportion (Journal of the American Statistical Association 1927)."""
    square = _QUANTILE**2
    middle = share + square / (2 * total)
    reach = _QUANTILE * sqrt(share * (1 - share) / total + square / (4 * total * total))
    scale = 1 + square / total
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
