"""How many users there are at a time: pure functions of the time that has passed, the whole time and the most users."""

STEPS = 8
SETTLE_SHARE = 0.05
CALM_SHARE = 8
"""One of so many users is there before and after the spike."""
SPIKE_BEGINS, SPIKE_ENDS = 1 / 3, 1 / 2


def ramp(passed: float, whole: float, users: int) -> int:
    """In equal steps from a few to all, so that each level lasts long enough to be read off."""
    step = min(int(STEPS * passed / whole), STEPS - 1) + 1
    return max(1, round(users * step / STEPS))


def soak(passed: float, whole: float, users: int) -> int:
    """All, after a short rise."""
    return max(1, round(users * min(1.0, passed / (SETTLE_SHARE * whole))))


def spike(passed: float, whole: float, users: int) -> int:
    """A few, then all of them at once, then a few again."""
    crowded = SPIKE_BEGINS <= passed / whole < SPIKE_ENDS
    return users if crowded else max(1, users // CALM_SHARE)
