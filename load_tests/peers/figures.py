"""From rounds of measurements to figures; a round measures everybody once, one after the other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from load_tests.peers.client import Load


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of all values doesn't exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass
class Rounds:
    """What one contender did under one kind of load, round by round."""

    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    failures: int = 0

    def add(self, load: Load) -> None:
        """One more round."""
        self.rates.append(load.rate)
        self.latencies.extend(load.latencies)
        self.failures += load.failures

    @property
    def rate(self) -> float:
        """Sentences a second, median of the rounds."""
        return median(self.rates)

    def times(self) -> dict[str, float]:
        """Latencies in milliseconds over all rounds."""
        if not self.latencies:
            return {}
        return {f"p{round(share * 100)}": percentile(self.latencies, share) for share in (0.5, 0.95, 0.99)}

    def summary(self) -> dict[str, object]:
        """For the JSON report."""
        return {
            "sentences_per_second": self.rate,
            "best": max(self.rates),
            "rounds": self.rates,
            "latency_ms": self.times(),
            "failures": self.failures,
        }


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How many times as fast we are: the median over rounds, each held against the other's in the same round.

    Neighbours of one round met the same moods of the machine, so their ratio is steadier than that of two medians.
    """
    return median(one / other for one, other in zip(ours, theirs, strict=False))


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Cosine of two vectors."""
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))
