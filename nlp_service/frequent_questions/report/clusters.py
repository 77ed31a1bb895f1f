"""The list of clusters: a table with one group of rows a cluster, the second one opening to what it holds."""

from collections.abc import Sequence
from typing import Final

from nlp_service.contracts import KINDS, Cluster, ShareChange
from nlp_service.frequent_questions.report.facts import Facts, Wording
from nlp_service.frequent_questions.report.markup import Markup, element, together
from nlp_service.frequent_questions.report.pieces import badge, bar, dot, said, spark
from nlp_service.frequent_questions.report.words import Words, percent, signed_points

MOST_WORDINGS: Final = 30
LONGEST_WORDING: Final = 400
"""Characters of a wording that are shown."""
CHARACTERS: Final = 400_000
"""Of all wordings on a page: what keeps it below a few megabytes."""
_KEYWORDS: Final = 6
_EVENTS: Final = ("born", "grown", "shrunk", "merged", "split", "steady")


def listing(facts: Facts) -> Markup:
    """The table with what filters and sorts it."""
    if not facts.clustering.clusters:
        return element("p", facts.words("lead_none"), class_="empty")
    return together(_controls(facts), _table(facts))


def changed(change: ShareChange, words: Words, *, uncertain: bool = False) -> Markup:
    """A change of share with its interval, and a mark where the interval says more than is certain."""
    difference = signed_points(change.now - change.before)
    interval = f"{signed_points(change.low)} … {signed_points(change.high)}"
    return together(
        element("span", words("points_1", change=difference), class_="points"),
        element("abbr", "†", class_="uncertain", title=words("uncertain")) if uncertain else None,
        element("span", interval, class_="interval", title=words("interval")),
    )


# --- filters ------------------------------------------------------------------------------------------------------


def _controls(facts: Facts) -> Markup:
    words, clusters = facts.words, facts.clustering.clusters
    kinds = [(kind, words(kind)) for kind in KINDS if any(cluster.kind == kind for cluster in clusters)]
    events = [(event, words(event)) for event in _EVENTS if any(cluster.event == event for cluster in clusters)]
    themes = [(str(number), theme.name) for number, theme in enumerate(facts.clustering.themes)]
    fields = [
        _search(words),
        _select("kind", words("kind"), words("all"), kinds),
        _select("theme", words("theme"), words("all"), themes) if themes else None,
        _select("event", words("event"), words("all"), events) if facts.compared else None,
        _select("sort", words("sort"), None, _orders(facts)),
        _box("missing", words("only_missing")) if facts.knows_answers else None,
        _box("group", words("by_theme")) if themes else None,
        element("button", words("reset"), type="button", id="clear", class_="plain"),
    ]
    form = element("form", *fields, id="controls", role="search", aria_label=words("list"), autocomplete="off")
    return together(form, element("p", id="shown", role="status", class_="shown"))


def _search(words: Words) -> Markup:
    hint = words("search_hint")
    entry = element("input", type="search", name="q", placeholder=hint, spellcheck="false")
    return element("label", element("span", words("search")), entry, class_="search")


def _select(name: str, label: str, every: str | None, options: Sequence[tuple[str, str]]) -> Markup:
    first = [element("option", every, value="")] if every else []
    choices = [element("option", text, value=value) for value, text in options]
    return element("label", element("span", label), element("select", *first, *choices, name=name))


def _box(name: str, label: str) -> Markup:
    entry = element("input", type="checkbox", name=name, value="1")
    return element("label", entry, element("span", label), class_="box")


def _orders(facts: Facts) -> list[tuple[str, str]]:
    orders = ["size", "name", "kind"]
    orders[1:1] = ["rise", "fall"] if facts.compared else []
    orders[1:1] = ["recent", "early"] if facts.has_curves and not facts.compared else []
    orders += ["recent", "early"] if facts.has_curves and facts.compared else []
    orders += ["faq"] if facts.knows_answers else []
    return [(order, facts.words(f"sort_{order}")) for order in orders]


# --- rows ---------------------------------------------------------------------------------------------------------


def _table(facts: Facts) -> Markup:
    clusters = facts.clustering.clusters
    columns = _columns(facts)
    largest = max(cluster.share for cluster in clusters)
    budget = CHARACTERS // len(clusters)
    usual = facts.time.later_half(list(facts.days.values())) if facts.time else 0.0
    head = element("thead", element("tr", *columns))
    bodies = [_body(cluster, facts, largest, budget, usual, len(columns)) for cluster in clusters]
    caption = element("caption", facts.words("list"), class_="hidden")
    nothing = element("p", facts.words("nothing"), id="nothing", class_="empty", hidden="")
    more = element("button", type="button", id="more", hidden="")
    return together(element("table", caption, head, *bodies, id="clusters"), nothing, more)


def _columns(facts: Facts) -> list[Markup]:
    """Headings; one with orders sorts by the first, and by the second when it is pressed again."""
    words = facts.words
    shown: list[tuple[str, str, str] | None] = [
        ("question", "name", "name"),
        ("size", "size", "number"),
        ("share", "size", "share"),
        ("change", "rise fall", "change") if facts.compared else None,
        ("over_time", "recent early", "time") if facts.has_curves else None,
        ("kind", "kind", "kind"),
        ("faq", "faq", "faq") if facts.knows_answers else None,
    ]
    return [
        element(
            "th",
            element("button", words(text), element("span", class_="arrow", aria_hidden="true"), type="button",
                    data_sort=orders),
            scope="col", class_=class_,
        )
        for text, orders, class_ in filter(None, shown)
    ]  # fmt: skip


def _body(cluster: Cluster, facts: Facts, largest: float, budget: int, usual: float, columns: int) -> Markup:
    days = facts.days_of(cluster)
    trend = facts.time.later_half(days) - usual if facts.time and days else 0.0
    theme = facts.theme_of.get(cluster.id)
    change = cluster.change.now - cluster.change.before if cluster.change else None
    if facts.compared and change is None:
        change = cluster.share if cluster.event == "born" else 0.0
    return element(
        "tbody",
        _first_row(cluster, facts, largest),
        _second_row(cluster, facts, budget, columns),
        id=f"c{facts.number_of[cluster.id]}",
        class_="cluster",
        data_size=cluster.size,
        data_kind=cluster.kind,
        data_theme=theme,
        data_event=cluster.event if facts.compared else None,
        data_change=change if facts.compared else None,
        data_trend=trend if facts.has_curves else None,
        data_missing=1 if facts.knows_answers and cluster.answer is None else None,
    )


def _first_row(cluster: Cluster, facts: Facts, largest: float) -> Markup:
    words = facts.words
    mark = dot(facts.colour(cluster)) if facts.has_themes else None
    size = together(f"{cluster.size:,}", element("span", words("of_questions"), class_="unit"))
    cells = [
        element("th", mark, said(cluster.name, words), scope="row", class_="name"),
        _cell("number", size),
        _cell("share", element("span", percent(cluster.share)), bar(cluster.share, largest, facts.colour(cluster))),
        _change(cluster, words) if facts.compared else None,
        _curve(cluster, facts) if facts.has_curves else None,
        _cell("kind", element("span", words(cluster.kind), class_="chip")),
        _faq(cluster, words) if facts.knows_answers else None,
    ]
    return element("tr", *cells)


def _cell(class_: str, *content: str) -> Markup:
    return element("td", *content, class_=class_)


def _change(cluster: Cluster, words: Words) -> Markup:
    event = badge(cluster.event, words) if cluster.event != "steady" or cluster.change is None else ""
    change = changed(cluster.change, words, uncertain=cluster.may_have_changed) if cluster.change else ""
    return _cell("change", event, change)


def _curve(cluster: Cluster, facts: Facts) -> Markup:
    days = facts.days_of(cluster)
    if facts.time is None or not days:
        return _cell("time")
    return _cell("time", spark(facts.time.counts(days), facts.time, facts.words))


def _faq(cluster: Cluster, words: Words) -> Markup:
    answered = cluster.answer is not None
    sign = element("span", "✓" if answered else "–", aria_hidden="true")
    text = words("answered" if answered else "missing")
    return _cell("faq", element("span", sign, text, class_="chip yes" if answered else "chip no"))


# --- what a cluster holds -----------------------------------------------------------------------------------------


def _second_row(cluster: Cluster, facts: Facts, budget: int, columns: int) -> Markup:
    words = facts.words
    wordings = facts.wordings(cluster)
    keywords = " · ".join(cluster.keywords[:_KEYWORDS])
    summary = element(
        "summary",
        element("span", words("wordings", n=len(wordings)), class_="count"),
        said(keywords, words, class_="keywords") if keywords else None,
        said(cluster.reason.name, words, class_="reason") if cluster.reason else None,
    )
    inside = element("div", _wordings(wordings, words, budget), _about(cluster, facts), class_="inside")
    cell = element("td", element("details", summary, inside), colspan=columns)
    return element("tr", cell, class_="more")


def _wordings(wordings: Sequence[Wording], words: Words, budget: int) -> Markup:
    shown = within(wordings, budget)
    items = [
        element(
            "li",
            element("bdi", _shortened(wording.text) or "?"),
            element("b", f"{wording.count:,}"),
        )
        for wording in shown
    ]
    rest = len(wordings) - len(shown)
    more = element("p", words("and_more", n=rest), class_="rest") if rest else None
    return element("section", element("h4", words("wordings_title")), element("ol", *items), more)


def within(wordings: Sequence[Wording], budget: int) -> Sequence[Wording]:
    """The first wordings, as many as there is room for, but at least one."""
    used = 0
    for number, wording in enumerate(wordings[:MOST_WORDINGS]):
        used += min(len(wording.text), LONGEST_WORDING)
        if number and used > budget:
            return wordings[:number]
    return wordings[:MOST_WORDINGS]


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_WORDING else text[: LONGEST_WORDING - 1].rstrip() + "…"


def _about(cluster: Cluster, facts: Facts) -> Markup:
    words, themes = facts.words, facts.clustering.themes
    theme = facts.theme_of.get(cluster.id)
    entries = [
        (
            "typical",
            said(_shortened(cluster.representative), words) if cluster.representative != cluster.name else None,
        ),
        ("reason", _reason(cluster, words)),
        ("theme", None if theme is None else together(dot(facts.colour(cluster)), said(themes[theme].name, words))),
        ("stability", together(f"{cluster.stability:.2f}")),
        ("predecessors", together(", ".join(cluster.predecessors)) if facts.compared else None),
        ("id", element("code", cluster.id)),
    ]
    known = [(words(key), value) for key, value in entries if value]
    facts_known = [element("div", element("dt", key), element("dd", value)) for key, value in known]
    title = element("h4", words("about"))
    return element("section", _answer(cluster, facts), title, element("dl", *facts_known))


def _reason(cluster: Cluster, words: Words) -> Markup | None:
    if cluster.reason is None:
        return None
    return together(said(cluster.reason.name, words), " ", element("code", cluster.reason.code))


def _answer(cluster: Cluster, facts: Facts) -> Markup | None:
    words = facts.words
    if not facts.knows_answers:
        return None
    if cluster.answer is None:
        return element("div", element("p", words("no_answer")), class_="answer none")
    question = said(cluster.answer.question, words, "p", "asked")
    return element(
        "div", element("h4", words("answer")), question, said(cluster.answer.answer, words, "p"), class_="answer"
    )
