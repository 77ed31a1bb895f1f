"""Clusters as rows of one table, as Markdown to read, and as JSON for the next run."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from nlp_service.contracts import Cluster, Clustering, GoneCluster, ShareChange, Theme

Cell = str | int | float | None

COLUMNS: Final = (
    *("id", "name", "theme", "kind", "questions", "share", "event", "change", "change_low", "change_high"),
    *("keywords", "reason_code", "reason", "answered_by", "representative", "stability", "predecessors"),
)
"""Of `rows`."""

_EVENTS: Final = ("born", "grown", "shrunk", "merged", "split", "steady", "died", "quiet")
_DIGITS: Final = 6
_NOTHING: Final = "–"
_UNCERTAIN: Final = "†"
# What Markdown would take for markup, and an underscore but within a word.
_MARKUP: Final = re.compile(r"[\\`*\[\]<>|~&#]|(?<!\w)_|_(?!\w)")


def title(clustering: Clustering, questions: int, *, compared: bool) -> str:
    """What a reader should know first, in one sentence without a full stop."""
    if not clustering.clusters:
        return f"None of {questions:,} questions is asked often enough to be a cluster"
    first = clustering.clusters[0]
    inside = sum(cluster.size for cluster in clustering.clusters) / questions
    count = len(clustering.clusters)
    hold = "1 cluster holds" if count == 1 else f"{count:,} clusters hold"
    text = f"{questions:,} questions: {hold} {inside:.0%}; '{_one_line(first.name)}' is asked most ({first.share:.1%})"
    changes = Counter[str](cluster.event for cluster in clustering.clusters)
    changes.update(gone.event for gone in clustering.gone_now)
    changes.pop("steady", None)
    if not compared:
        return text
    told = [f"{changes[event]} {event}" for event in _EVENTS if changes[event]]
    return f"{text}; {', '.join(told) if told else _nothing_certain(clustering)}"


def _nothing_certain(clustering: Clustering) -> str:
    if any(cluster.may_have_changed for cluster in clustering.clusters):
        return f"no change is certain after correcting for {len(clustering.clusters):,} clusters"
    return "no change beyond chance"


def rows(clustering: Clustering, *, compared: bool = True) -> Iterator[Sequence[Cell]]:
    """The cells of each cluster, in the order of `COLUMNS`; without an earlier run there is no event."""
    themes = {theme.id: theme.name for theme in clustering.themes}
    for cluster in clustering.clusters:
        change, reason, answer = cluster.change, cluster.reason, cluster.answer
        yield (
            *(cluster.id, cluster.name, themes.get(cluster.theme or ""), cluster.kind, cluster.size),
            *(round(cluster.share, _DIGITS), cluster.event if compared else None),
            *_numbers(change),
            ", ".join(cluster.keywords),
            *((reason.code, reason.name) if reason else (None, None)),
            answer.id if answer else None,
            *(cluster.representative, round(cluster.stability, _DIGITS), ", ".join(cluster.predecessors)),
        )


def document(clustering: Clustering, questions: int, *, compared: bool, about: Mapping[str, Any]) -> Iterator[str]:
    """The lines of clusters.json: one cluster a line, its id and name first, so that people can edit names.

    Args:
        about: what else is to be told of the run.
    """
    head = {"title": title(clustering, questions, compared=compared), "questions": questions}
    head |= {"outliers": len(clustering.outliers), **about}
    parts: dict[str, Iterable[Any]] = {
        "clusters": map(_members_last, clustering.clusters),
        "themes": map(asdict, clustering.themes),
        "gone": map(asdict, clustering.gone),
        "sample": clustering.sample,
    }
    yield "{\n"
    yield from (f" {_json(name)}: {_json(value)},\n" for name, value in head.items())
    for name, values in parts.items():
        lines = ",\n".join(f"  {_json(value)}" for value in values)
        end = "" if name == "sample" else ","
        yield f" {_json(name)}: [\n{lines}\n ]{end}\n" if lines else f" {_json(name)}: []{end}\n"
    yield "}\n"


def markdown(clustering: Clustering, questions: int, *, compared: bool) -> str:
    """Everything but the members, to read."""
    sections = [
        [f"# {_escape(title(clustering, questions, compared=compared))}"],
        [f"{questions:,} questions, of which {len(clustering.outliers):,} belong to no cluster."],
    ]
    if clustering.themes:
        sections += [["## Themes", "", *_theme_table(clustering.themes)]]
    if clustering.clusters:
        sections += [["## Clusters", "", *_cluster_table(clustering, compared=compared)]]
    if compared and clustering.gone_now:
        sections += [["## No longer there", "", *_gone_table(clustering.gone_now)]]
    sections += [["## How to read this", "", *_definitions(clustering, compared=compared)]]
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _numbers(change: ShareChange | None) -> Sequence[Cell]:
    if change is None:
        return (None, None, None)
    return (round(change.now - change.before, _DIGITS), round(change.low, _DIGITS), round(change.high, _DIGITS))


def _members_last(cluster: Cluster) -> dict[str, Any]:
    fields = asdict(cluster)
    fields["members"] = fields.pop("members")
    return fields


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _theme_table(themes: Sequence[Theme]) -> list[str]:
    return _table(
        ("theme", "questions", "share", "clusters", "keywords"),
        (
            (_escape(t.name), f"{t.size:,}", f"{t.share:.1%}", str(len(t.clusters)), _escape(", ".join(t.keywords)))
            for t in themes
        ),
    )


def _cluster_table(clustering: Clustering, *, compared: bool) -> list[str]:
    themes = {theme.id: theme.name for theme in clustering.themes}
    since = ("event", "change of share") if compared else ()
    return _table(
        ("cluster", "questions", "share", *since, "kind", "keywords", "contact reason", "answered", "theme", "id"),
        (
            (
                *(_escape(cluster.name), f"{cluster.size:,}", f"{cluster.share:.1%}"),
                *((cluster.event, _change(cluster.change, uncertain=cluster.may_have_changed)) if compared else ()),
                *(cluster.kind, _escape(", ".join(cluster.keywords))),
                _escape(cluster.reason.name) if cluster.reason else _NOTHING,
                f"yes ({_escape(cluster.answer.id)})" if cluster.answer else "no",
                _escape(themes.get(cluster.theme or "", _NOTHING)),
                _escape(cluster.id),
            )
            for cluster in clustering.clusters
        ),
    )


def _gone_table(gone: Sequence[GoneCluster]) -> list[str]:
    return _table(
        ("cluster", "event", "change of share", "now in", "id"),
        (
            (_escape(c.name), c.event, _change(c.change), _escape(", ".join(c.into)) or _NOTHING, _escape(c.id))
            for c in gone
        ),
    )


def _definitions(clustering: Clustering, *, compared: bool) -> list[str]:
    lines = [
        "- Share: of all questions, those in no cluster included.",
        "- Answered: the knowledge base has an entry for it; its id is in brackets.",
        "- Contact reason: the one that most of the cluster's questions state, where one is clear.",
    ]
    if not compared:
        return lines
    if any(cluster.may_have_changed for cluster in clustering.clusters):
        lines += [
            f"- {_UNCERTAIN}: the interval excludes zero, but the change is not certain after correcting for "
            f"{len(clustering.clusters):,} clusters: of so many, some look changed by chance."
        ]
    return [
        *lines,
        "- Event: against the earlier run; `steady` where no change is certain, `quiet` where there are too few "
        "questions now, which may be chance.",
        "- Change of share: in percentage points, with its 95 % interval, both runs counted by one yardstick.",
    ]


def _change(change: ShareChange | None, *, uncertain: bool = False) -> str:
    if change is None:
        return _NOTHING
    points, low, high = (_points(value) for value in (change.now - change.before, change.low, change.high))
    return f"{points} ({low} … {high})" + (f" {_UNCERTAIN}" if uncertain else "")


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *lines)]


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _escape(text: str) -> str:
    """Text as Markdown shows it, on one line."""
    return _MARKUP.sub(r"\\\g<0>", _one_line(text))
