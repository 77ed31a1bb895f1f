"""A report as rows of one tidy table, and as Markdown to read."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

from nlp_service.journeys.findings import Findings, signed
from nlp_service.journeys.names import one_line
from nlp_service.journeys.report import Frequent, Group, JourneyReport
from nlp_service.journeys.statistics import Estimate, Share
from nlp_service.tasks.sentiment.journey import BANDWIDTH, NEGATIVE_BELOW

Cell = str | date | int | float | None

COLUMNS: Final = (
    *("group", "code", "name", "documents", "sentences", "mean", "low", "high"),
    *("share_negative", "share_positive", "share_of_documents", "peaks", "valleys", "enough"),
)
"""Of `rows`; in a row of the group `share`, mean, low and high are of that share."""

_MEASURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mean": "mean of the conversation",
        "start": "start",
        "peak": "peak",
        "valley": "valley",
        "end": "end",
        "slope": "slope, start to end",
        "recovery": "recovery, valley to end",
    }
)
_SHARES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "with_negative_valley": "have a negative valley",
        "recovered": "of these, end above it",
        "ended_negative": "end negative",
    }
)
_FEW: Final = " \\*"
_NOTHING: Final = "–"
# What Markdown would take for markup, and an underscore but within a word.
_MARKUP: Final = re.compile(r"[\\`*\[\]<>|~&#]|(?<!\w)_|_(?!\w)")


def rows(report: JourneyReport) -> Iterator[Sequence[Cell]]:
    """The cells of each row, in the order of `COLUMNS`."""
    for name, label in _MEASURES.items():
        estimate: Estimate = getattr(report.overall, name)
        sentences = report.sentences if name == "mean" else None
        yield _row("overall", name, label, estimate, sentences)
    for name, label in _SHARES.items():
        share: Share = getattr(report.overall, name)
        yield _row("share", name, label, Estimate(share.documents, share.share, share.low, share.high), None)
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
    sections = [
        [f"# The journey of {report.documents:,} conversations", "", _escape(found.title) + "."],
        _about(report),
        ["## All conversations", "", *_overall_table(report)],
        ["## Along the stages", "", *_stage_table(report)],
        ["## Contact reasons", "", *_reason_table(report)],
        ["## Channels", "", *_plain_table("channel", report.channels, "No conversation names its channel.")],
        ["## Days", "", *_plain_table("day", report.days, "No conversation says when it took place.")],
        ["## Speakers", "", *_plain_table("speaker", report.speakers, "Nobody says anything.")],
        ["## Along the conversation", "", *_curve_table(report)],
        ["## How to read this", "", *_definitions(report)],
    ]
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _row(group: str, code: Cell, name: str, estimate: Estimate, sentences: int | None) -> Sequence[Cell]:
    numbers = (estimate.documents, sentences, estimate.mean, estimate.low, estimate.high)
    return (group, code, name, *numbers, None, None, None, None, None, None)


def _groups(report: JourneyReport) -> Iterator[tuple[str, list[Group]]]:
    yield from (("stage", report.stages), ("reason", report.reasons), ("channel", report.channels))
    yield from (("day", report.days), ("speaker", report.speakers))


def _about(report: JourneyReport) -> list[str]:
    lines = [f"{report.documents:,} conversations with {report.sentences:,} sentences of customers."]
    if report.without_journey:
        lines.append(f"Left out: {report.without_journey:,} in which the customer says nothing.")
    return [" ".join(lines)]


def _overall_table(report: JourneyReport) -> list[str]:
    overall = report.overall
    numbers = _table(
        ("score", "conversations", "mean", "95 % interval"),
        (
            (label, f"{estimate.documents:,}", _number(estimate.mean), _interval(estimate.low, estimate.high))
            for label, estimate in ((label, getattr(overall, name)) for name, label in _MEASURES.items())
        ),
    )
    shares = _table(
        ("conversations that", "number", "of", "share", "95 % interval"),
        (
            (label, f"{part.count:,}", f"{part.documents:,}", _percent(part.share), _range(part.low, part.high))
            for label, part in ((label, getattr(overall, name)) for name, label in _SHARES.items())
        ),
    )
    moments = _table(
        ("moment", "conversations", "mostly at the stage", "mostly of the contact reason"),
        (
            ("peak", f"{overall.peaks:,}", _frequent(overall.peak_stage), _frequent(overall.peak_reason)),
            ("valley", f"{overall.valleys:,}", _frequent(overall.valley_stage), _frequent(overall.valley_reason)),
        ),
    )
    return [*numbers, "", *shares, "", *moments]


def _stage_table(report: JourneyReport) -> list[str]:
    if not report.stages:
        return ["No sentence belongs to a stage: neither turns nor contact reasons name one."]
    return _table(
        (*_columns("stage"), "peaks", "most often", "valleys", "most often"),
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


def _reason_table(report: JourneyReport) -> list[str]:
    if not report.reasons:
        return ["No sentence states a contact reason clearly enough."]
    return _table(
        (*_columns("contact reason"), "peaks", "valleys", "code"),
        ((*_cells(group), str(group.peaks), str(group.valleys), _escape(str(group.code))) for group in report.reasons),
    )


def _plain_table(title: str, groups: Sequence[Group], nothing: str) -> list[str]:
    return _table(_columns(title), map(_cells, groups)) if groups else [nothing]


def _curve_table(report: JourneyReport) -> list[str]:
    if not report.curve:
        return ["No customer says three sentences or more, the least that make a curve."]
    return _table(
        ("position", "conversations", "mean", "95 % interval"),
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


def _definitions(report: JourneyReport) -> list[str]:
    margin = f"below {signed(NEGATIVE_BELOW)} is negative, one above {signed(-NEGATIVE_BELOW)} positive"
    return [
        "- Scores run from −1 (negative) to +1 (positive); start, peak, valley and end are those of single sentences",
        f"  of the customer. A score {margin}.",
        "- A conversation's peak and valley are counted where its scores differ: the peak only if it is positive, the",
        "  valley only if it is negative.",
        "- The unit is the conversation: a group's mean is the mean over conversations of each one's mean there.",
        "  Negative and positive are the shares of conversations whose mean there is so.",
        "- Intervals are 95 % over conversations: Student's t for means, Wilson's for shares. One alone has none.",
        f"- \\* fewer than {report.least} conversations: not in the picture, and nothing to conclude from.",
        f"- Along the conversation: smoothed with a Gaussian kernel ({BANDWIDTH:.0%} of the conversation), from",
        "  conversations of three sentences and more.",
        "- A sentence's stage is the one that its turn names, else that of its contact reason, where that is clear.",
        f"- {_NOTHING}: not known.",
    ]


def _columns(title: str) -> tuple[str, ...]:
    return (title, "conversations", "sentences", "mean", "95 % interval", "negative", "positive")


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
