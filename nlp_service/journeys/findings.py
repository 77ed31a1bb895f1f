"""What a report shows at first sight: the points of its curve, the worst and the best of them, and one sentence."""

from dataclasses import dataclass
from typing import Final

from nlp_service.journeys.names import one_line
from nlp_service.journeys.report import Frequent, Group, JourneyReport
from nlp_service.journeys.svg import fit
from nlp_service.journeys.words import ENGLISH, Words
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
        words: in the language that the title is in.
    """

    title: str
    by_stage: bool
    points: list[Point]
    extremes: Extremes | None
    down: list[Pull]
    up: list[Pull]
    left_out: int
    words: Words


def findings(report: JourneyReport, words: Words = ENGLISH) -> Findings:
    """What stands out, in the language of `words`. Groups with too few documents don't."""
    enough = [stage for stage in report.stages if stage.enough]
    shown = sorted(enough, key=lambda stage: -stage.documents)[:MAX_STAGES]
    by_stage = len(shown) >= MIN_STAGES
    points = [_stage(stage, words) for stage in enough if stage in shown] if by_stage else _positions(report, words)
    extremes = _extremes(points)
    mean = report.overall.mean.mean or 0.0
    enough_reasons = [group for group in report.reasons if group.enough]
    lower = [_pull(group) for group in enough_reasons if group.high is not None and group.high < mean]
    higher = [_pull(group) for group in enough_reasons if group.low is not None and group.low > mean]
    return Findings(
        title=_title(report, points, extremes, words),
        by_stage=by_stage,
        points=points,
        extremes=extremes,
        down=_strongest([pull for pull in lower if pull.strength <= -LEAST_PULL]),
        up=_strongest([pull for pull in higher if pull.strength >= LEAST_PULL]),
        left_out=len(report.stages) - len(points) if by_stage else len(report.stages),
        words=words,
    )


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, a real minus, and no sign before zero."""
    text = f"{value:+.{digits}f}"
    return text.replace("-", "−") if text.strip("+-0.") else text[1:]


def _stage(group: Group, words: Words) -> Point:
    name = one_line(str(group.name))
    place = fit(name, 1.0, TITLE_NAME_EMS)
    peaks = _moments("peaks_here", group.peaks, group.peak_reason, words)
    valleys = _moments("valleys_here", group.valleys, group.valley_reason, words)
    return Point(name, place, group.mean, group.low, group.high, group.documents, peaks, valleys)


def _positions(report: JourneyReport, words: Words) -> list[Point]:
    overall = report.overall
    peaks = _moments("peaks_anywhere", overall.peaks, overall.peak_reason, words)
    valleys = _moments("valleys_anywhere", overall.valleys, overall.valley_reason, words)
    points = []
    for point in report.curve:
        share = f"{point.position:.0%}"
        end = {"0%": "start", "100%": "end"}.get(share)
        label, place = (words(f"at_{end}"), words(f"place_{end}")) if end else (share, words("place", share=share))
        estimate = point.estimate
        if estimate.mean is not None:
            points.append(Point(label, place, estimate.mean, estimate.low, estimate.high, None, peaks, valleys))
    return points


def _moments(kind: str, count: int | None, reason: Frequent | None, words: Words) -> str:
    """Says of how many documents a reason is, because it may be few."""
    said = words(kind, count=count or 0)
    return said + words("mostly", reason=one_line(reason.name), count=reason.documents) if reason else said


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


def _title(report: JourneyReport, points: list[Point], extremes: Extremes | None, words: Words) -> str:
    """Claims no more than the intervals allow."""
    start, end = report.overall.start.mean, report.overall.end.mean
    if start is None or end is None:
        return words("nobody")
    if report.documents < report.least:
        return words("too_few", n=report.documents)
    if extremes is None or not extremes.apart:
        return words("flat", start=signed(start), end=signed(end))
    worst, best = points[extremes.worst], points[extremes.best]
    return words(
        "least_bad" if best.mean < NEGATIVE_BELOW else "best",
        worst=worst.place,
        low=signed(worst.mean),
        best=best.place,
        high=signed(best.mean),
        end=signed(end),
    )
