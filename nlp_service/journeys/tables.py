"""A report as rows of one tidy table, and as Markdown to read."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from nlp_service.journeys.findings import Findings, signed
from nlp_service.journeys.names import one_line
from nlp_service.journeys.report import Frequent, Group, JourneyReport
from nlp_service.journeys.statistics import Estimate, Share
from nlp_service.journeys.words import ENGLISH, Words
from nlp_service.tasks.sentiment.journey import BANDWIDTH, NEGATIVE_BELOW

Cell = str | date | int | float | None

COLUMNS: Final = (
    *("group", "code", "name", "documents", "sentences", "mean", "low", "high"),
    *("share_negative", "share_positive", "share_of_documents", "peaks", "valleys", "enough"),
)
"""Of `rows`; in a row of the group `share`, mean, low and high are of that share."""

_MEASURES: Final = ("mean", "start", "peak", "valley", "end", "slope", "recovery")
_SHARES: Final = ("with_negative_valley", "recovered", "ended_negative")
_FEW: Final = " \\*"
_NOTHING: Final = "–"
# What Markdown would take for markup, and an underscore but within a word.
_MARKUP: Final = re.compile(r"[\\`*\[\]<>|~&#]|(?<!\w)_|_(?!\w)")


def rows(report: JourneyReport) -> Iterator[Sequence[Cell]]:
    """The cells of each row, in the order of `COLUMNS`; for programs, and so in English."""
    for name in _MEASURES:
        estimate: Estimate = getattr(report.overall, name)
        sentences = report.sentences if name == "mean" else None
        yield _row("overall", name, ENGLISH(name), estimate, sentences)
    for name in _SHARES:
        share: Share = getattr(report.overall, name)
        shown = Estimate(share.documents, share.share, share.low, share.high)
        yield _row("share", name, ENGLISH(name), shown, None)
    for point in report.curve:
        yield _row("curve", point.position, f"{point.position:.0%} of the conversation", point.estimate, None)
    for title, groups in _groups(report):
        for group in groups:
            yield (
                *(title, group.code, group.name, group.documents, group.sentences, group.mean, group.low, group.high),
                *(group.share_negative, group.share_positive, group.share, group.peaks, group.valleys),
                "yes" if group.enough else "no",
            )


def markdown(report: JourneyReport, found: Findings) -> str:
    """Everything, to read."""
    words = found.words
    speakers = [replace(group, name=_speaker(group, words)) for group in report.speakers]
    sections = [
        [f"# {words('heading', n=report.documents)}", "", _escape(found.title) + words("stop")],
        [_about(report, words)],
        [f"## {words('all')}", "", *_overall_table(report, words)],
        [f"## {words('stages')}", "", *_stage_table(report, words)],
        [f"## {words('reasons')}", "", *_reason_table(report, words)],
        [f"## {words('channels')}", "", *_plain_table("channel", report.channels, words)],
        [f"## {words('days')}", "", *_plain_table("day", report.days, words)],
        [f"## {words('speakers')}", "", *_plain_table("speaker", speakers, words)],
        [f"## {words('curve')}", "", *_curve_table(report, words)],
        [f"## {words('method')}", "", *_definitions(report, words)],
    ]
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _speaker(group: Group, words: Words) -> str:
    name = str(group.name)
    return words(name) if name in ("customer", "agent") else name


def _row(group: str, code: Cell, name: str, estimate: Estimate, sentences: int | None) -> Sequence[Cell]:
    numbers = (estimate.documents, sentences, estimate.mean, estimate.low, estimate.high)
    return (group, code, name, *numbers, None, None, None, None, None, None)


def _groups(report: JourneyReport) -> Iterator[tuple[str, list[Group]]]:
    yield from (("stage", report.stages), ("reason", report.reasons), ("channel", report.channels))
    yield from (("day", report.days), ("speaker", report.speakers))


def _about(report: JourneyReport, words: Words) -> str:
    told = words("about", count=report.documents, sentences=report.sentences)
    return told + (words("left_out", count=report.without_journey) if report.without_journey else "")


def _overall_table(report: JourneyReport, words: Words) -> list[str]:
    overall = report.overall
    numbers = _table(
        (words("score"), words("conversations"), words("mean_score"), words("interval")),
        (
            (words(name), f"{estimate.documents:,}", _number(estimate.mean), _interval(estimate.low, estimate.high))
            for name, estimate in ((name, getattr(overall, name)) for name in _MEASURES)
        ),
    )
    shares = _table(
        (words("conversations_that"), words("number"), words("of"), words("share"), words("interval")),
        (
            (words(name), f"{part.count:,}", f"{part.documents:,}", _percent(part.share), _range(part.low, part.high))
            for name, part in ((name, getattr(overall, name)) for name in _SHARES)
        ),
    )
    moments = _table(
        (words("moment"), words("conversations"), words("mostly_stage"), words("mostly_reason")),
        (
            (words("peak"), f"{overall.peaks:,}", _frequent(overall.peak_stage), _frequent(overall.peak_reason)),
            (
                words("valley"),
                f"{overall.valleys:,}",
                _frequent(overall.valley_stage),
                _frequent(overall.valley_reason),
            ),
        ),
    )
    return [*numbers, "", *shares, "", *moments]


def _stage_table(report: JourneyReport, words: Words) -> list[str]:
    if not report.stages:
        return [words("no_stages")]
    return _table(
        (*_columns("stage", words), words("peaks"), words("most_often"), words("valleys"), words("most_often")),
        (
            (
                *_cells(group),
                str(group.peaks),
                _frequent(group.peak_reason),
                str(group.valleys),
                _frequent(group.valley_reason),
            )
            for group in report.stages
        ),
    )


def _reason_table(report: JourneyReport, words: Words) -> list[str]:
    if not report.reasons:
        return [words("no_reasons")]
    return _table(
        (*_columns("reason", words), words("peaks"), words("valleys"), words("code")),
        ((*_cells(group), str(group.peaks), str(group.valleys), _escape(str(group.code))) for group in report.reasons),
    )


def _plain_table(what: str, groups: Sequence[Group], words: Words) -> list[str]:
    return _table(_columns(what, words), map(_cells, groups)) if groups else [words(f"no_{what}s")]


def _curve_table(report: JourneyReport, words: Words) -> list[str]:
    if not report.curve:
        return [words("no_curve")]
    return _table(
        (words("position"), words("conversations"), words("mean_score"), words("interval")),
        (
            (
                f"{point.position:.0%}",
                f"{estimate.documents:,}",
                _number(estimate.mean),
                _interval(estimate.low, estimate.high),
            )
            for point, estimate in ((point, point.estimate) for point in report.curve)
        ),
    )


def _definitions(report: JourneyReport, words: Words) -> list[str]:
    told = (
        words("how_scores", low=signed(NEGATIVE_BELOW), high=signed(-NEGATIVE_BELOW)),
        words("how_moments"),
        words("how_unit"),
        words("how_intervals"),
        words("how_few", count=report.least),
        words("how_curve", share=f"{BANDWIDTH:.0%}"),
        words("how_stages"),
        words("how_nothing", sign=_NOTHING),
    )
    return [f"- {line}" for line in told]


def _columns(what: str, words: Words) -> tuple[str, ...]:
    numbers = ("conversations", "sentences", "mean_score", "interval", "negative", "positive")
    return tuple(map(words, (what, *numbers)))


def _cells(group: Group) -> tuple[str, ...]:
    return (
        _escape(str(group.name)) + ("" if group.enough else _FEW),
        f"{group.documents:,}",
        f"{group.sentences:,}",
        _number(group.mean),
        _interval(group.low, group.high),
        _percent(group.share_negative),
        _percent(group.share_positive),
    )


def _frequent(found: Frequent | None) -> str:
    return f"{_escape(found.name)} ({found.documents:,})" if found else _NOTHING


def _number(value: float | None) -> str:
    return _NOTHING if value is None else signed(value)


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.0%}"


def _interval(low: float | None, high: float | None) -> str:
    return _NOTHING if low is None or high is None else f"{signed(low)} … {signed(high)}"


def _range(low: float | None, high: float | None) -> str:
    return _NOTHING if low is None or high is None else f"{low:.0%} … {high:.0%}"


def _table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *lines)]


def _escape(text: str) -> str:
    """Text as Markdown shows it, on one line."""
    return _MARKUP.sub(r"\\\g<0>", one_line(text))
