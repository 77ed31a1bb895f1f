"""Small pieces that several parts of the page are made of."""

from collections.abc import Sequence
from typing import Final

from nlp_service.contracts import Cluster
from nlp_service.frequent_questions.report.facts import Facts
from nlp_service.frequent_questions.report.markup import Markup, element
from nlp_service.frequent_questions.report.timeline import Timeline
from nlp_service.frequent_questions.report.words import Words
from nlp_service.text import detect_language

_UNNAMED: Final = "?"
_MARKS: Final = {"born": "★", "grown": "▲", "shrunk": "▼", "merged": "⇉", "split": "⇄", "died": "✕"}
SPARK_WIDTH: Final = 120
SPARK_HEIGHT: Final = 30
_SPARK_MARGIN: Final = 3


def said(text: str, words: Words, name: str = "span", class_: str | None = None) -> Markup:
    """Customers' words: their own direction of writing, and the language where it isn't the page's."""
    shown = text.strip() or _UNNAMED
    language = detect_language(shown)
    other = None if language in (words.language, "und") else language
    return element(name, shown, class_=class_, dir="auto", lang=other)


def badge(event: str, words: Words) -> Markup:
    """What has happened, by a sign, a colour and a word."""
    mark = element("span", _MARKS[event], aria_hidden="true") if event in _MARKS else None
    return element("span", mark, words(event), class_=f"badge {event}")


def dot(colour: str) -> Markup:
    """A theme's colour."""
    return element("span", class_=f"dot {colour}", aria_hidden="true")


def bar(share: float, largest: float, colour: str = "") -> Markup:
    """A share as a bar; the largest one fills its room."""
    length = max(round(100 * share / largest, 1), 0.8) if share > 0 else 0
    filled = element("rect", width=f"{length}%", height="100%")
    return element("svg", filled, class_=f"bar {colour}".rstrip(), aria_hidden="true")


def link(cluster: Cluster, facts: Facts) -> Markup:
    """The cluster's name as a way to its row."""
    return element("a", said(cluster.name, facts.words), href=f"#c{facts.number_of[cluster.id]}")


def spark(counts: Sequence[int], time: Timeline, words: Words) -> Markup:
    """Questions a day over the period, as a curve from zero to its highest value."""
    rates = time.rates(counts)
    top = max(rates) or 1.0
    room = SPARK_HEIGHT - 2 * _SPARK_MARGIN
    width = SPARK_WIDTH - 2 * _SPARK_MARGIN
    places = [
        f"{_SPARK_MARGIN + width * step / (len(rates) - 1):.0f},{_SPARK_MARGIN + room * (1 - rate / top):.0f}"
        for step, rate in enumerate(rates)
    ]
    low = SPARK_HEIGHT - _SPARK_MARGIN
    path = " ".join(places)
    x, y = places[-1].split(",")
    return element(
        "svg",
        element("polygon", points=f"{_SPARK_MARGIN},{low} {path} {SPARK_WIDTH - _SPARK_MARGIN},{low}"),
        element("polyline", points=path),
        element("circle", cx=x, cy=y, r=2.5),
        class_="spark",
        viewBox=f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}",
        role="img",
        aria_label=in_words(counts, time, words),
    )


def in_words(counts: Sequence[int], time: Timeline, words: Words) -> str:
    """When most was asked."""
    busiest = max(range(len(counts)), key=counts.__getitem__)
    begin = time.begin(busiest)
    when = words.period(begin, time.end(busiest))
    return words("busiest", when=when, n=counts[busiest])
