"""What a report shows at first sight: the points of its curve, the worst and the best of them, and one sentence."""

from dataclasses import dataclass
from typing import Final

from nlp_service.journeys.names import one_line
from nlp_service.journeys.report import Frequent, Group, JourneyReport
from nlp_service.journeys.svg import fit
from nlp_service.tasks.sentiment.journey import NEGATIVE_BELOW

MAX_STAGES: Final = 14
"""As many as a slide has room for; of more, the most frequent."""
MAX_PULLS: Final = 4
LEAST_PULL: Final = 0.0005
"""Less is zero in three digits."""
MIN_STAGES: Final = 2
TITLE_NAME_EMS: Final = 18.0
"""Room for a stage's name within the title: two of them and the rest fill two lines."""


@dataclass(frozen=True, slots=True)
class Point:
    """A stage, or a position in the conversation, where there are fewer than two stages.

    Attributes:
        place: what to call it within a sentence.
        documents: null for a position.
        peaks, valleys: what to say of the peaks and valleys here: how many, and their most frequent contact reason.
    """

    label: str
    place: str
    mean: float
    low: float | None
    high: float | None
    documents: int | None
    peaks: str
    valleys: str


@dataclass(frozen=True, slots=True)
class Extremes:
    """The points with the highest and the lowest mean, the first of equals.

    Attributes:
        apart: whether their intervals don't overlap, so that it is more than chance.
    """

    best: int
    worst: int
    apart: bool


@dataclass(frozen=True, slots=True)
class Pull:
    """How far a contact reason moves the mean: its own mean times the share of documents that have it.

    Only a negative one pulls it down, and only a positive one up, and only if its interval leaves the mean of all
    documents out, so that it is more than chance.
    """

    name: str
    strength: float
    share: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What the picture draws.

    Attributes:
        title: the finding in one sentence.
        by_stage: whether the points are stages.
        extremes: None with fewer than two points.
        down, up: the contact reasons that move the mean most, the strongest first.
        left_out: stages that too few documents have, or that there is no room for.
    """

    title: str
    by_stage: bool
    points: list[Point]
    extremes: Extremes | None
    down: list[Pull]
    up: list[Pull]
    left_out: int


def findings(report: JourneyReport) -> Findings:
    """What stands out. Groups with too few documents don't."""
    enough = [stage for stage in report.stages if stage.enough]
    shown = sorted(enough, key=lambda stage: -stage.documents)[:MAX_STAGES]
    by_stage = len(shown) >= MIN_STAGES
    points = [_stage(stage) for stage in enough if stage in shown] if by_stage else _positions(report)
    extremes = _extremes(points)
    mean = report.overall.mean.mean or 0.0
    enough_reasons = [group for group in report.reasons if group.enough]
    lower = [_pull(group) for group in enough_reasons if group.high is not None and group.high < mean]
    higher = [_pull(group) for group in enough_reasons if group.low is not None and group.low > mean]
    return Findings(
        title=_title(report, points, extremes),
        by_stage=by_stage,
        points=points,
        extremes=extremes,
        down=_strongest([pull for pull in lower if pull.strength <= -LEAST_PULL]),
        up=_strongest([pull for pull in higher if pull.strength >= LEAST_PULL]),
        left_out=len(report.stages) - len(points) if by_stage else len(report.stages),
    )


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, a real minus, and no sign before zero."""
    text = f"{value:+.{digits}f}"
    return text.replace("-", "−") if text.strip("+-0.") else text[1:]


def _stage(group: Group) -> Point:
    name = one_line(str(group.name))
    place = fit(name, 1.0, TITLE_NAME_EMS)
    peaks = _moments("peaks here", group.peaks, group.peak_reason)
    valleys = _moments("valleys here", group.valleys, group.valley_reason)
    return Point(name, place, group.mean, group.low, group.high, group.documents, peaks, valleys)


def _positions(report: JourneyReport) -> list[Point]:
    overall = report.overall
    peaks = _moments("peaks anywhere", overall.peaks, overall.peak_reason)
    valleys = _moments("valleys anywhere", overall.valleys, overall.valley_reason)
    points = []
    for point in report.curve:
        percent = f"{point.position:.0%}"
        label = {"0%": "start", "100%": "end"}.get(percent, percent)
        place = f"the {label}" if label != percent else f"{percent} of the conversation"
        estimate = point.estimate
        if estimate.mean is not None:
            points.append(Point(label, place, estimate.mean, estimate.low, estimate.high, None, peaks, valleys))
    return points


def _moments(kind: str, count: int | None, reason: Frequent | None) -> str:
    """Says of how many documents a reason is, because it may be few."""
    said = f"{kind}: {count or 0:,}"
    return f"{said}, most often {one_line(reason.name)} ({reason.documents:,})" if reason else said


def _pull(group: Group) -> Pull:
    return Pull(one_line(str(group.name)), group.mean * group.share, group.share)


def _strongest(pulls: list[Pull]) -> list[Pull]:
    return sorted(pulls, key=lambda pull: -abs(pull.strength))[:MAX_PULLS]


def _extremes(points: list[Point]) -> Extremes | None:
    if len(points) < MIN_STAGES:
        return None
    rows = range(len(points))
    best, worst = max(rows, key=lambda row: points[row].mean), min(rows, key=lambda row: points[row].mean)
    high, low = points[worst].high, points[best].low
    return Extremes(best, worst, apart=high is not None and low is not None and high < low)


def _title(report: JourneyReport, points: list[Point], extremes: Extremes | None) -> str:
    """Claims no more than the intervals allow."""
    start, end = report.overall.start.mean, report.overall.end.mean
    if start is None or end is None:
        return "No customer says anything in these conversations"
    if report.documents < report.least:
        count = "One conversation is" if report.documents == 1 else f"{report.documents} conversations are"
        return f"{count} too few for a finding"
    leaving = f"leave at {signed(end)}"
    if extremes is None or not extremes.apart:
        return f"No part of the journey clearly stands out: customers arrive at {signed(start)} and {leaving}"
    worst, best = points[extremes.worst], points[extremes.best]
    well = "least bad" if best.mean < NEGATIVE_BELOW else "best"
    return (
        f"Customers feel worst at {worst.place} ({signed(worst.mean)}), "
        f"{well} at {best.place} ({signed(best.mean)}), and {leaving}"
    )
