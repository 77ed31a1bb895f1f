"""The report as one slide: a self-contained SVG, 16:9.

What a colour says is said by a shape and a word too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape

from nlp_service.journeys.findings import Findings, Point, Pull, signed
from nlp_service.journeys.report import JourneyReport
from nlp_service.journeys.svg import element, fit, fonts, joined, line, polygon, text, width, wrap
from nlp_service.journeys.words import Words
from nlp_service.tasks.sentiment.journey import NEGATIVE_BELOW

WIDTH: Final = 1600
HEIGHT: Final = 900
INK, MUTED, GRID, CARD = "#1f2933", "#5f6c7b", "#e3e8ed", "#f6f8fa"
ACCENT, BAD, GOOD = "#2563c9", "#c0362c", "#1b8253"
UP, DOWN = "▲", "▼"

LEFT, RIGHT = 120.0, 1096.0
TOP, BOTTOM = 268.0, 640.0  # of the plot; what names the peak stands above it, the valley below it
CARD_LEFT, CARD_RIGHT, CARD_TOP, CARD_BOTTOM = 1144.0, 1552.0, 206.0, 818.0
LEAST_SPAN: Final = 0.4
TICKS: Final = 6


@dataclass(frozen=True, slots=True)
class _Scales:
    """Where a value and a point are on the slide."""

    low: float
    high: float
    step: float
    count: int

    def y(self, value: float) -> float:
        return BOTTOM - (value - self.low) / (self.high - self.low) * (BOTTOM - TOP)

    @property
    def slot(self) -> float:
        return (RIGHT - LEFT) / self.count

    def x(self, row: int) -> float:
        return LEFT + self.slot * (row + 0.5)

    @property
    def ticks(self) -> list[float]:
        return [self.low + self.step * number for number in range(round((self.high - self.low) / self.step) + 1)]


def picture(report: JourneyReport, found: Findings) -> str:
    """The slide."""
    parts = [
        element("title", escape(found.title)),
        element("rect", width=WIDTH, height=HEIGHT, fill="#ffffff"),
        *_heading(report, found),
        *(_panel(found) if found.points else [_nothing(found.words)]),
        *_card(found),
        *_footer(report, found),
    ]
    return element(
        "svg",
        "\n".join(["", *parts, ""]),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        lang=found.words.language,
        font_family=fonts(found.words.language),
        fill=INK,
    )


def _heading(report: JourneyReport, found: Findings) -> list[str]:
    lines = wrap(found.title + found.words("stop"), 34, WIDTH - 96, 2)
    first = 76 if len(lines) == 1 else 58
    about = found.words("by_stage" if found.by_stage else "by_position")
    titles = [text(48, first + 42 * row, part, 34, font_weight=700) for row, part in enumerate(lines)]
    return [*titles, text(48, 140, about, 19, fill=MUTED), *_numbers(report, found.words)]


def _numbers(report: JourneyReport, words: Words) -> list[str]:
    overall = report.overall
    means = [(name, getattr(overall, name).mean) for name in ("start", "peak", "valley", "end")]
    shown = [f"{words(name)} {signed(mean)}" for name, mean in means if mean is not None]
    recovered = overall.recovered
    if recovered.share is not None:
        shown.append(words("recovered_of", share=f"{recovered.share:.0%}", count=recovered.documents))
    return [text(48, 172, "  ·  ".join(shown), 19, font_weight=600)] if shown else []


def _nothing(words: Words) -> str:
    return text((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2, words("nothing"), 20, fill=MUTED, text_anchor="middle")


def _panel(found: Findings) -> list[str]:
    scales = _scales(found.points)
    places = [(scales.x(row), scales.y(point.mean)) for row, point in enumerate(found.points)]
    return [
        *_grid(scales),
        *_band(found.points, scales),
        element("polyline", points=joined(places), fill="none", stroke=ACCENT, stroke_width=3.5),
        *_points(found, places),
        *_labels(found.points, scales),
    ]


def _scales(points: Sequence[Point]) -> _Scales:
    """Round ends that hold every interval, and zero."""
    ends = [value for point in points for value in (point.mean, point.low, point.high) if value is not None]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    span = max(high - low, LEAST_SPAN)
    middle = (low + high) / 2
    low, high = min(low, middle - span / 2), max(high, middle + span / 2)
    step = next(step for step in (0.1, 0.2, 0.25, 0.5) if span / step <= TICKS or step == 0.5)
    down, up = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return _Scales(max(down * step, -1.0), min(up * step, 1.0), step, len(points))


def _grid(scales: _Scales) -> list[str]:
    parts = []
    for tick in scales.ticks:
        y, zero = scales.y(tick), abs(tick) < 1e-9
        parts.append(line(LEFT, y, RIGHT, y, MUTED if zero else GRID, stroke_width=1.5 if zero else 1))
        parts.append(text(LEFT - 14, y + 6, signed(tick), 16, fill=MUTED, text_anchor="end"))
    return parts


def _band(points: Sequence[Point], scales: _Scales) -> list[str]:
    """The intervals: a line at each stage, and an area between neighbours that both have one."""
    known = [
        (row, scales.y(point.low), scales.y(point.high))
        for row, point in enumerate(points)
        if point.low is not None and point.high is not None
    ]
    bars = known if points[0].documents is not None else []
    parts = [line(scales.x(row), low, scales.x(row), high, ACCENT, stroke_opacity=0.35) for row, low, high in bars]
    # Neighbours keep the difference between their row and their rank.
    for _, neighbours in groupby(enumerate(known), key=lambda ranked: ranked[1][0] - ranked[0]):
        run = [entry for _, entry in neighbours]
        upper = [(scales.x(row), high) for row, _, high in run]
        lower = [(scales.x(row), low) for row, low, _ in reversed(run)]
        parts.append(polygon(upper + lower, fill=ACCENT, fill_opacity=0.13))
    return parts


def _points(found: Findings, places: Sequence[tuple[float, float]]) -> list[str]:
    ends = found.extremes
    named = {ends.best, ends.worst} if ends else set()
    parts = [
        element("circle", cx=x, cy=y, r=6, fill=ACCENT, stroke="#ffffff", stroke_width=2)
        for row, (x, y) in enumerate(places)
        if row not in named
    ]
    if ends and ends.best != ends.worst:
        best, worst = found.points[ends.best], found.points[ends.worst]
        highest = found.words("highest", place=best.place, mean=signed(best.mean))
        lowest = found.words("lowest", place=worst.place, mean=signed(worst.mean))
        parts += _named(places[ends.best], best, highest, best.peaks, above=True)
        parts += _named(places[ends.worst], worst, lowest, worst.valleys, above=False)
    return parts


def _named(place: tuple[float, float], point: Point, title: str, about: str, *, above: bool) -> list[str]:
    """A triangle, and what it is: above the plot for the peak, below it for the valley.

    The best of bad stages isn't coloured as good, nor the worst of good ones as bad.
    """
    x, y = place
    good, bad = point.mean > -NEGATIVE_BELOW, point.mean < NEGATIVE_BELOW
    tip, side, colour = (-13, 8, GOOD if good else INK) if above else (13, -8, BAD if bad else INK)
    edge, first = (TOP - 12, TOP - 42) if above else (BOTTOM + 8, BOTTOM + 30)
    room = (RIGHT - LEFT) / 2 + 40
    title = fit(f"{UP if above else DOWN} {title}", 19, room)
    about = fit(about, 16, room)
    half = max(width(title, 20), width(about, 16)) / 2
    middle = min(max(x, LEFT - 72 + half), RIGHT - half)
    return [
        line(x, y, x, edge, colour, stroke_width=1.5, stroke_dasharray="3 4"),
        polygon([(x, y + tip), (x - 12, y + side), (x + 12, y + side)], fill=colour, stroke="#ffffff", stroke_width=2),
        text(middle, first, title, 19, fill=colour, font_weight=700, text_anchor="middle"),
        text(middle, first + 22, about, 16, fill=MUTED, text_anchor="middle"),
    ]


def _labels(points: Sequence[Point], scales: _Scales) -> list[str]:
    """Under each point its name, and for a stage its mean and its number of conversations."""
    size = 17 if scales.slot > 110 else 14
    parts = []
    for row, point in enumerate(points):
        x, y = scales.x(row), BOTTOM + 90
        lines = wrap(point.label, size, scales.slot - 10, 3)
        weight = 600 if point.documents is not None else 400
        for name in lines:
            parts.append(text(x, y, name, size, font_weight=weight, text_anchor="middle"))
            y += size + 4
        parts.append(text(x, y, signed(point.mean), size, text_anchor="middle"))
        if point.documents is not None:
            number = f"n = {point.documents:,}"
            parts.append(text(x, y + size + 4, number, size - 1, fill=MUTED, text_anchor="middle"))
    return parts


def _card(found: Findings) -> list[str]:
    x, room, words = CARD_LEFT + 24, CARD_RIGHT - CARD_LEFT - 48, found.words
    strongest = max((abs(pull.strength) for pull in (*found.down, *found.up)), default=1.0)
    parts = [
        element(
            "rect",
            x=CARD_LEFT,
            y=CARD_TOP,
            width=CARD_RIGHT - CARD_LEFT,
            height=CARD_BOTTOM - CARD_TOP,
            rx=14,
            fill=CARD,
        ),
        text(x, CARD_TOP + 38, words("pulls"), 20, font_weight=700),
        text(x, CARD_TOP + 62, words("pulls_about"), 16, fill=MUTED),
    ]
    y = CARD_TOP + 104
    for sign, heading, pulls, colour in (
        (DOWN, words("pull_down"), found.down, BAD),
        (UP, words("pull_up"), found.up, GOOD),
    ):
        parts.append(text(x, y, f"{sign} {heading}", 17, fill=colour, font_weight=700))
        if not pulls:
            parts.append(text(x, y + 28, words("pull_none"), 16, fill=MUTED))
        for row, pull in enumerate(pulls):
            parts += _bar(pull, x, y + 30 + 50 * row, room, strongest, colour)
        y += 54 + 50 * max(len(pulls), 1)
    return parts


def _bar(pull: Pull, x: float, y: float, room: float, strongest: float, colour: str) -> list[str]:
    numbers = f"{signed(pull.strength, 3)} ({pull.share:.0%})"
    name = fit(pull.name, 16, room - width(numbers, 16) - 12)
    length = max(room * abs(pull.strength) / strongest, 2.0)
    return [
        text(x, y, name, 16),
        text(x + room, y, numbers, 16, fill=MUTED, text_anchor="end"),
        element("rect", x=x, y=y + 8, width=length, height=8, rx=4, fill=colour),
    ]


def _footer(report: JourneyReport, found: Findings) -> list[str]:
    words = found.words
    parts = [words("n_conversations", count=report.documents), words("n_sentences", count=report.sentences)]
    if any(point.low is not None for point in found.points):
        parts.append(words("band"))
    if report.least > 1:
        parts.append(words("drawn_from", count=report.least))
    if found.left_out:
        parts.append(words("not_drawn", count=found.left_out))
    return [
        line(48, 842, WIDTH - 48, 842, GRID),
        text(48, 872, fit("  ·  ".join(parts), 16, WIDTH - 96), 16, fill=MUTED),
    ]
