"""The coarse picture: a map of all clusters, and the themes that its colours stand for."""

from typing import Final

from nlp_service.contracts import Cluster, Theme
from nlp_service.frequent_questions.report.facts import Facts, colour
from nlp_service.frequent_questions.report.layout import HEIGHT, LINE, WIDTH, Circle, Label, circles, labels
from nlp_service.frequent_questions.report.markup import Markup, element, together
from nlp_service.frequent_questions.report.pieces import bar, dot, said
from nlp_service.frequent_questions.report.words import percent

_FEWEST_DRAWN: Final = 3
_MOST_DRAWN: Final = 500
_MOST_THEMES: Final = 9
_KEYWORDS: Final = 4
# Size of letters, room for a line and the most names: where the map is as wide as a desktop has it, and on a phone.
_LABELS: Final = {"wide": (13.0, 11.0, 40), "narrow": (26.0, 8.0, 8)}


def overview(facts: Facts) -> Markup | None:
    """Map and themes; None where there is neither."""
    drawn = [cluster for cluster in facts.clustering.clusters if cluster.position is not None]
    parts = [_map(drawn, facts) if len(drawn) >= _FEWEST_DRAWN else None, _themes(facts) if facts.has_themes else None]
    shown = [part for part in parts if part]
    if not shown:
        return None
    return element("div", *shown, class_="overview" if len(shown) > 1 else "overview alone")


def _map(known: list[Cluster], facts: Facts) -> Markup:
    words, clusters = facts.words, known[:_MOST_DRAWN]
    positions = [cluster.position for cluster in clusters if cluster.position is not None]
    placed = circles(positions, [cluster.size for cluster in clusters])
    names = [" ".join(cluster.name.split()) for cluster in clusters]
    groups = []
    for kind, (font, room, most) in _LABELS.items():
        found = labels(placed, names, font, room, most)
        groups.append(
            element("g", *(_name(label, font) for label in found), class_=f"labels {kind}", aria_hidden="true")
        )
    drawing = element(
        "svg",
        # The largest first: a small one stays in sight, and the order of the tabulator is that of the list.
        *(_circle(cluster, circle, facts) for cluster, circle in zip(clusters, placed, strict=True)),
        *groups,
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="group",
        aria_label=words("map_keys"),
    )
    about = words("map_about" if facts.has_themes else "map_about_plain")
    if len(known) > len(clusters):
        about += words("map_most", n=len(clusters))
    tip = element("div", id="tip", aria_hidden="true", hidden="")
    return element(
        "section",
        element("h2", words("map")),
        element("figure", drawing, tip, element("figcaption", about, class_="about"), id="map"),
        class_="card",
    )


def _name(label: Label, font: float) -> Markup:
    top = label.y - font * LINE * (len(label.lines) - 1) / 2
    lines = [
        element("tspan", line, x=label.x, y=round(top + font * LINE * number, 1))
        for number, line in enumerate(label.lines)
    ]
    return element("text", *lines)


def _circle(cluster: Cluster, circle: Circle, facts: Facts) -> Markup:
    words = facts.words
    event = words(cluster.event) if facts.compared and cluster.event != "steady" else None
    size = f"{words('n_questions', n=cluster.size)}, {percent(cluster.share)}"
    about = " · ".join(filter(None, (size, event)))
    return element(
        "a",
        element("title", f"{' '.join(cluster.name.split())}\n{about}"),
        element("circle", cx=circle.x, cy=circle.y, r=circle.r),
        href=f"#c{facts.number_of[cluster.id]}",
        class_=facts.colour(cluster),
    )


def _themes(facts: Facts) -> Markup:
    words, themes = facts.words, facts.clustering.themes
    largest = max(theme.share for theme in themes)
    items = [_theme(theme, number, largest, facts) for number, theme in enumerate(themes)]
    rest = items[_MOST_THEMES:]
    more = None
    if rest:
        more = element("details", element("summary", words("more_themes", n=len(rest))), element("ul", *rest))
    return element("section", element("h2", words("themes")), element("ul", *items[:_MOST_THEMES]), more,
                   class_="card themes")  # fmt: skip


def _theme(theme: Theme, number: int, largest: float, facts: Facts) -> Markup:
    words = facts.words
    keywords = " · ".join(theme.keywords[:_KEYWORDS])
    counts = f"{words('n_clusters', n=len(theme.clusters))}, {words('n_questions', n=theme.size)}"
    return element(
        "li",
        element(
            "a",
            element("span", dot(colour(number)), said(theme.name, words), class_="name"),
            element("span", percent(theme.share), class_="number"),
            href=f"#theme={number}",
        ),
        bar(theme.share, largest, colour(number)),
        element("p", counts, together(" — ", said(keywords, words)) if keywords else None),
    )
