"""The page as a whole: its frame, the figures at the top, and how to read it."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Final

from nlp_service.contracts import Clustering, QuestionItem
from nlp_service.frequent_questions.report.changes import changes
from nlp_service.frequent_questions.report.clusters import listing
from nlp_service.frequent_questions.report.facts import Facts, gather
from nlp_service.frequent_questions.report.markup import Markup, element, together
from nlp_service.frequent_questions.report.pieces import badge, bar, in_words, spark
from nlp_service.frequent_questions.report.themes import overview
from nlp_service.frequent_questions.report.words import TEXTS, percent
from nlp_service.phrases import LANGUAGES

_EVENTS: Final = ("born", "grown", "shrunk", "merged", "split")
_SCRIPT: Final = "js_"
"""Of the keys of texts that the script fills in."""


def page(
    clustering: Clustering,
    questions: Sequence[QuestionItem],
    *,
    title: str | None = None,
    compared: bool,
    false_alarm_rate: float | None = None,
    fragments: int = 0,
) -> str:
    """One HTML file that needs nothing but itself; without scripts it is a plain, complete list.

    Args:
        clustering: of these questions.
        questions: all that were clustered, those in no cluster too.
        title: of the page; by default what it is about.
        compared: whether there was a previous run; without one, events mean nothing and aren't shown.
        false_alarm_rate: at which events are named, to be stated on the page.
        fragments: number of sentences that were left out because they can't be understood alone.
    """
    facts = gather(clustering, questions, compared, fragments)
    words = facts.words
    heading = title or words("title")
    style, script = _asset("report.css"), _asset("report.js")
    sections = [
        _changes(facts) if compared else None,
        overview(facts),
        element("section", element("h2", words("list")), listing(facts), class_="card list", id="list"),
        element("section", element("h2", words("method")), _method(facts, false_alarm_rate), class_="card method"),
    ]
    return Template(_asset("report.html")).substitute(
        language=words.language,
        policy=_policy(style, script),
        title=element("title", heading if heading == words("report") else f"{heading} · {words('report')}"),
        style=Markup(style),
        script=Markup(script),
        texts=_island(_script_texts(facts)),
        skip=element("a", words("skip"), class_="skip", href="#list"),
        appearance=_appearance(facts),
        kicker=element("p", words("report"), class_="kicker"),
        heading=element("h1", heading, dir="auto"),
        lead=_lead(facts),
        tiles=_tiles(facts),
        sections=together(*sections),
    )


@cache
def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8").strip()


def _policy(style: str, script: str) -> str:
    """Nothing is loaded from anywhere, and no script or style runs but the page's own."""
    sources = {
        part: b64encode(sha256(text.encode()).digest()).decode()
        for part, text in (("style", style), ("script", script))
    }
    allowed = "; ".join(f"{part}-src 'sha256-{digest}'" for part, digest in sources.items())
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _island(texts: dict[str, str]) -> Markup:
    """JSON that no text can end: `<` is written as an escape."""
    written = json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(f'<script type="application/json" id="texts">{written}</script>')


def _script_texts(facts: Facts) -> dict[str, str]:
    column = LANGUAGES.index(facts.words.language)
    return {key.removeprefix(_SCRIPT): texts[column] for key, texts in TEXTS.items() if key.startswith(_SCRIPT)}


def _appearance(facts: Facts) -> Markup:
    words = facts.words
    buttons = [
        element(
            "button", words(name), type="button", data_theme=name, aria_pressed="true" if name == "auto" else "false"
        )
        for name in ("auto", "light", "dark")
    ]
    return element("div", *buttons, class_="appearance", role="group", aria_label=words("appearance"))


# --- the top ------------------------------------------------------------------------------------------------------


def _inside(facts: Facts) -> int:
    return sum(cluster.size for cluster in facts.clustering.clusters)


def _lead(facts: Facts) -> Markup:
    words, clusters = facts.words, facts.clustering.clusters
    sentences = [words("lead_none")]
    if clusters:
        sentences = [words("lead", n=len(clusters), share=percent(_inside(facts) / max(1, facts.total)))]
    missing = sum(cluster.answer is None for cluster in clusters)
    if facts.knows_answers and missing:
        sentences.append(words("lead_missing", n=missing))
    joint = " " if words.language == "en" else ""
    return element("p", joint.join(sentences), class_="lead")


def _tiles(facts: Facts) -> Markup:
    words, clusters = facts.words, facts.clustering.clusters
    total, inside = facts.total, _inside(facts)
    themes = words("themes_n", n=len(facts.clustering.themes)) if facts.has_themes else None
    share = inside / max(1, total)
    left_out = element("small", words("fragments", n=facts.fragments)) if facts.fragments else None
    tiles = [
        _tile(words("questions"), f"{total:,}", *_when(facts), left_out),
        _tile(words("clusters"), f"{len(clusters):,}", element("small", themes) if themes else None),
        _tile(
            words("in_clusters"), percent(share), bar(share, 1.0), element("small", words("in_none", n=total - inside))
        ),
        _answered(facts) if facts.knows_answers else None,
        _events(facts) if facts.compared else None,
    ]
    return element("div", *tiles, class_="tiles")


def _tile(label: str, figure: str | None, *content: Markup | None) -> Markup:
    value = element("strong", figure) if figure else None
    return element("div", element("h2", label), value, *content, class_="tile" if figure else "tile events")


def _when(facts: Facts) -> list[Markup]:
    time, words = facts.time, facts.words
    if time is None:
        return []
    period = element("small", words.period(time.first, time.last))
    if not facts.has_curves:
        return [period]
    counts = time.counts(facts.days.values())
    return [element("span", spark(counts, time, words), title=in_words(counts, time, words)), period]


def _answered(facts: Facts) -> Markup:
    words, clusters = facts.words, facts.clustering.clusters
    answered = [cluster for cluster in clusters if cluster.answer is not None]
    share = sum(cluster.size for cluster in answered) / max(1, _inside(facts))
    of = element("small", words("in_faq_of", n=len(answered), of=len(clusters)))
    return _tile(words("in_faq"), percent(share), bar(share, 1.0), of)


def _events(facts: Facts) -> Markup:
    words = facts.words
    counts = Counter(cluster.event for cluster in facts.clustering.clusters)
    found = [
        element("a", badge(event, words), element("b", f"{counts[event]:,}"), href=f"#event={event}")
        for event in _EVENTS
        if counts[event]
    ]
    none = words("changes_doubtful" if facts.has_doubtful_changes else "changes_none")
    listed = element("span", *found, class_="counts") if found else element("span", none)
    return _tile(words("changes"), None, listed, element("small", words("since")))


# --- the rest -----------------------------------------------------------------------------------------------------


def _changes(facts: Facts) -> Markup:
    return element("section", element("h2", facts.words("changed")), changes(facts), class_="card changes")


def _method(facts: Facts, rate: float | None) -> Markup:
    words, total = facts.words, facts.total
    notes = [words("how_clusters", n=total, share=percent(1 - _inside(facts) / max(1, total)))]
    if facts.compared:
        stated = "" if rate is None else words("how_rate", rate=f"{100 * rate:g}%")
        notes += [words("how_events", rate=stated), words("how_intervals")]
        if facts.has_doubtful_changes:
            notes.append(words("how_uncertain", n=len(facts.clustering.clusters)))
    else:
        notes.append(words("how_not_compared"))
    if facts.has_curves and facts.time is not None:
        weeks = facts.time.step // 7
        notes.append(words("how_time", per=words("per_day") if weeks == 0 else words("per_week", n=weeks)))
    if facts.time is not None and len(facts.days) < total:
        notes.append(words("how_no_time", n=total - len(facts.days)))
    notes.append(words("how_words"))
    return element("ul", *(element("li", note) for note in notes))
