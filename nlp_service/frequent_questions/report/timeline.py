"""When questions were asked: counts by day, or by runs of days where a period is long."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

MOST_STEPS: Final = 35
_STEPS: Final = (1, 7, 28)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A period in steps of as many days, counted back from the last one, so that only the first may be shorter.

    Steps of more than a day are whole weeks: each has every weekday equally often.

    Attributes:
        step: days.
    """

    first: date
    last: date
    step: int

    @property
    def days(self) -> int:
        """Length of the period."""
        return (self.last - self.first).days + 1

    @property
    def steps(self) -> int:
        return -(-self.days // self.step)

    def counts(self, days: Iterable[date]) -> list[int]:
        """Questions in each step; a step without any counts 0."""
        before_last = Counter((self.last - day).days // self.step for day in days)
        return [before_last[step] for step in reversed(range(self.steps))]

    def rates(self, counts: Sequence[int]) -> list[float]:
        """Questions a day in each step: comparable although the first step may be shorter."""
        shorter = self.days - (self.steps - 1) * self.step
        return [count / (self.step if step else shorter) for step, count in enumerate(counts)]

    def begin(self, step: int) -> date:
        """First day of a step."""
        return self.last - timedelta(days=(self.steps - step) * self.step - 1) if step else self.first

    def end(self, step: int) -> date:
        """Last day of a step."""
        return self.last - timedelta(days=(self.steps - 1 - step) * self.step)

    def later_half(self, days: Sequence[date]) -> float:
        """Share of the days that are in the later half of the period; the middle day counts half."""
        middle = (self.days - 1) / 2
        places = [(day - self.first).days - middle for day in days]
        return sum(1.0 if place > 0 else 0.5 if place == 0 else 0.0 for place in places) / max(1, len(days))


def timeline(days: Iterable[date]) -> Timeline | None:
    """The period of these days in at most `MOST_STEPS` steps: days, weeks, or multiples of four weeks."""
    known = set(days)
    if not known:
        return None
    first, last = min(known), max(known)
    length = (last - first).days + 1
    longest = _STEPS[-1] * -(-length // (_STEPS[-1] * MOST_STEPS))
    step = next((step for step in _STEPS if length <= step * MOST_STEPS), longest)
    return Timeline(first, last, step)


def day_of(at: str | None) -> date | None:
    """The day as it is written there, in its own time zone; None where no time is given or it isn't ISO 8601."""
    try:
        return datetime.fromisoformat(at).date() if at else None
    except ValueError:
        return None
