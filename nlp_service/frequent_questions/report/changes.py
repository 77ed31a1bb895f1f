"""What has changed since the previous run: events with the change of share and its interval, and what is gone."""

from typing import Final

from nlp_service.contracts import Cluster, GoneCluster, ShareChange
from nlp_service.frequent_questions.report.clusters import changed
from nlp_service.frequent_questions.report.facts import Facts
from nlp_service.frequent_questions.report.markup import Markup, element, together
from nlp_service.frequent_questions.report.pieces import badge, dot, link, said
from nlp_service.frequent_questions.report.words import percent

MOST: Final = 12
_HALF: Final = 100.0


def changes(facts: Facts) -> Markup:
    """Both tables; the largest changes come first."""
    words = facts.words
    happened = [cluster for cluster in facts.clustering.clusters if cluster.event != "steady"]
    happened.sort(key=lambda cluster: -abs(_difference(cluster)))
    shown = happened[:MOST]
    known = [cluster.change for cluster in shown] + [gone.change for gone in facts.clustering.gone_now[:MOST]]
    widest = max((max(abs(change.low), abs(change.high)) for change in known if change), default=0.0)
    rest = len(happened) - len(shown)
    return together(
        element("p", _about(facts, some=bool(happened)), class_="about"),
        _events(shown, facts, widest) if shown else None,
        element("p", words("changed_more", n=rest), class_="rest") if rest else None,
        _gone(facts, widest) if facts.clustering.gone_now else None,
    )


def _about(facts: Facts, *, some: bool) -> str:
    if some:
        return facts.words("changed_about")
    if facts.has_doubtful_changes:
        return facts.words("changed_uncertain", n=len(facts.clustering.clusters))
    return facts.words("changed_none")


def _events(clusters: list[Cluster], facts: Facts, widest: float) -> Markup:
    rows = [
        _row(
            facts,
            together(dot(facts.colour(cluster)) if facts.has_themes else None, link(cluster, facts)),
            badge(cluster.event, facts.words),
            cluster.change,
            widest,
            cluster.share,
        )
        for cluster in clusters
    ]
    return _table(facts, "changed", ("question", "event", "before_now", "change", "interval"), rows)


def _gone(facts: Facts, widest: float) -> Markup:
    words, gone = facts.words, facts.clustering.gone_now
    rows = [_row(facts, _lost(cluster, facts), badge(cluster.event, words), cluster.change, widest) for cluster in gone]
    table = _table(facts, "gone", ("question", "event", "before_now", "change", "interval"), rows[:MOST])
    rest = _table(facts, "gone", ("question", "event", "before_now", "change", "interval"), rows[MOST:])
    summary = element("summary", words("changed_more", n=len(rows) - MOST))
    more = element("details", summary, rest, class_="rest") if len(rows) > MOST else None
    return together(element("h3", words("gone")), table, more)


def _lost(cluster: GoneCluster, facts: Facts) -> Markup:
    """The name, and where its questions are now."""
    clusters = facts.clustering.clusters
    heirs = [link(clusters[facts.number_of[heir]], facts) for heir in cluster.into if heir in facts.number_of]
    if not heirs:
        return said(cluster.name, facts.words)
    listed = together(*(together(", " if number else None, heir) for number, heir in enumerate(heirs)))
    return together(said(cluster.name, facts.words), element("span", facts.words("into"), listed, class_="into"))


def _row(
    facts: Facts, name: Markup, event: Markup, change: ShareChange | None, widest: float, share: float | None = None
) -> Markup:
    before_now = f"{percent(change.before)} → {percent(change.now)}" if change else ""
    if change is None and share is not None:
        before_now = f"→ {percent(share)}"
    return element(
        "tr",
        element("th", name, scope="row", class_="name"),
        element("td", event, class_="event"),
        element("td", before_now, class_="number"),
        element("td", changed(change, facts.words) if change else None, class_="change"),
        element("td", _plot(change, widest), class_="plot"),
    )


def _table(facts: Facts, name: str, columns: tuple[str, ...], rows: list[Markup]) -> Markup:
    heads = [element("th", facts.words(key), scope="col", class_=key) for key in columns]
    return element(
        "table",
        element("caption", facts.words(name), class_="hidden"),
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
        class_="events",
    )


def _plot(change: ShareChange | None, widest: float) -> Markup:
    """The interval as a line, the change as a dot on it, and where nothing would have changed."""
    return element(
        "svg",
        element("line", class_="zero", x1=_HALF, x2=_HALF, y1=0, y2=20),
        *(_marks(change, widest) if change else ()),
        class_="interval" if change else "interval new",
        viewBox=f"0 0 {2 * _HALF:.0f} 20",
        preserveAspectRatio="none",
        aria_hidden="true",
        focusable="false",
    )


def _marks(change: ShareChange, widest: float) -> list[Markup]:
    scale = 0.94 * _HALF / widest if widest > 0 else 0.0
    low, high, middle = (
        round(_HALF + scale * value, 1) for value in (change.low, change.high, change.now - change.before)
    )
    direction = "up" if change.now > change.before else "down"
    return [
        element("line", class_=f"range {direction}", x1=low, x2=high, y1=10, y2=10),
        element("line", class_=f"middle {direction}", x1=middle, x2=middle, y1=10, y2=10),
    ]


def _difference(cluster: Cluster) -> float:
    return cluster.change.now - cluster.change.before if cluster.change else cluster.share
