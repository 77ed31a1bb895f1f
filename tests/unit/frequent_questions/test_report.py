"""The report: right numbers, nothing from elsewhere, and customers' words that stay words."""

import json
import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_service.contracts import Cluster, Clustering, FaqSuggestion, GoneCluster, QuestionItem, ReasonNode, Theme
from nlp_service.frequent_questions.report import page
from nlp_service.frequent_questions.report.clusters import LONGEST_WORDING, MOST_WORDINGS
from nlp_service.frequent_questions.report.markup import Markup, clean, element
from nlp_service.frequent_questions.report.words import (
    TEXTS,
    Words,
    language_of,
    percent,
    signed_points,
)
from nlp_service.phrases import LANGUAGES
from nlp_service.text import to_simplified
from tests.unit.frequent_questions.demo import demo

VOID = {"meta", "input"}
HOSTILE = "</script><script>alert(1)</script> \"x\" 'y' <!-- & &amp; \u202e\u2067 👩‍👩‍👧 ]]> \x00\ud800"


class Parsed(HTMLParser):
    """A page's elements with their attributes and texts; fails where an element isn't closed."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self._open = [], [], []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self._open):
            self.texts.append(data)

    @property
    def shape(self):
        """The elements and the names of their attributes: what no text may change."""
        return [(tag, sorted(attributes)) for tag, attributes in self.elements]

    def rows(self):
        return [attributes for tag, attributes in self.elements if tag == "tbody" and "cluster" in str(attributes)]


@pytest.fixture(scope="module")
def shop():
    clustering, questions = demo()
    html = page(clustering, questions, compared=True, false_alarm_rate=0.01)
    return clustering, questions, html, Parsed(html)


def small(text, **changes):
    """One cluster of two questions in which everything says the same."""
    cluster = Cluster(
        id="q-1", name=text, representative=text, size=2, share=2 / 3, kind="enquiry", keywords=[text],
        members=["1", "2"], stability=0.9, event="born", theme="t", position=(0.1, 0.2),
        reason=ReasonNode(text, text, 0.9), answer=FaqSuggestion("1", text, text, 0.9), predecessors=[text],
    )  # fmt: skip
    clusters = [replace(cluster, **changes), *(replace(cluster, id=f"q-{n}", members=[]) for n in (2, 3))]
    questions = [QuestionItem("1", text), QuestionItem("2", text), QuestionItem("3", "unlike")]
    themes = [Theme("t", text, 2, 2 / 3, [text], ["q-1"])]
    return Clustering(clusters, ["3"], themes, [GoneCluster("q-0", text, "died", ["q-1"])]), questions


@settings(max_examples=20)
@given(st.text(alphabet=st.characters(codec=None), min_size=1))
def test_no_text_becomes_part_of_the_page(text):
    wild = Parsed(page(*small("x" + text), title="x" + text, compared=True))
    tame = Parsed(page(*small("xx"), title="xx", compared=True))
    plain = [shape for shape in wild.shape if shape[0] != "tspan"]
    without_language = [(tag, [name for name in names if name != "lang"]) for tag, names in plain]
    assert without_language == [
        (tag, [name for name in names if name != "lang"]) for tag, names in tame.shape if tag != "tspan"
    ]


def test_a_hostile_question_is_shown_as_it_is():
    html = page(*small(HOSTILE), compared=True)
    assert html.count("<script") == 2
    assert "alert(1)</script>" not in html
    shown = clean(HOSTILE)
    assert Parsed(html).texts.count(shown) >= 5
    assert html.encode()  # half a character can't be written to a file


def test_nothing_comes_from_elsewhere(shop):
    _, _, html, parsed = shop
    assert "http:" not in html.lower() and "https:" not in html.lower()
    assert not {tag for tag, _ in parsed.elements} & {"link", "img", "iframe", "object", "embed", "base"}
    names = Counter(name for _, attributes in parsed.elements for name in attributes)
    assert not names["src"] and not names["style"]
    assert not [name for name in names if name.startswith("on")]
    assert all(attributes["href"].startswith("#") for _, attributes in parsed.elements if "href" in attributes)
    assert "url(" not in html and "@import" not in html


def test_only_its_own_script_and_style_may_run(shop):
    html = shop[2]
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    policy = policy.replace("&#x27;", "'")
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert f"{tag}-src 'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy


def test_the_texts_of_the_script_are_json_that_no_text_can_end(shop):
    (island,) = re.findall(r'<script type="application/json" id="texts">(.*?)</script>', shop[2], re.DOTALL)
    assert json.loads(island) == {key[3:]: texts[0] for key, texts in TEXTS.items() if key.startswith("js_")}
    assert "<" not in island


def test_every_cluster_has_its_rows_and_numbers(shop):
    clustering, questions, html, parsed = shop
    rows = parsed.rows()
    assert [int(row["data-size"]) for row in rows] == [cluster.size for cluster in clustering.clusters]
    assert [row["data-event"] for row in rows] == [cluster.event for cluster in clustering.clusters]
    assert [row.get("data-missing") == "1" for row in rows] == [not cluster.answer for cluster in clustering.clusters]
    inside = sum(cluster.size for cluster in clustering.clusters)
    assert {f"{len(questions):,}", percent(inside / len(questions)), f"{len(clustering.outliers)} in none"} <= set(
        parsed.texts
    )
    assert {"2 Mar – 26 Apr 2026", "+2.1 pp", "+1.3 … +2.9", "15 of 25 clusters"} <= set(parsed.texts)
    assert " (false-alarm rate 1%)" in html


def test_what_differs_only_in_case_and_spaces_is_one_wording():
    texts = ["Where is it?", " where  is it? ", "WHERE IS IT?", "not here"]
    questions = [QuestionItem(str(number), text) for number, text in enumerate(texts)]
    clustering, _ = small("Where is it?", size=4, members=["0", "1", "2", "3", "unknown"])
    html = page(clustering, questions, compared=False)
    assert "<bdi>Where is it?</bdi><b>3</b>" in html
    assert "<bdi>not here</bdi><b>1</b>" in html
    assert ">2 wordings<" in html


def test_many_and_long_wordings_are_cut_and_said_to_be():
    questions = [QuestionItem(str(number), f"{number} " + "很长的问题" * 400) for number in range(50)]
    clustering, _ = small("很长的问题", size=50, members=[question.id for question in questions])
    shown = re.findall("<bdi>(.*?)</bdi>", page(clustering, questions, compared=False))
    assert len(shown) == MOST_WORDINGS
    assert {len(text) for text in shown} == {LONGEST_WORDING}
    assert all(text.endswith("…") for text in shown)
    assert "另有 20 种" in page(clustering, questions, compared=False)


def test_many_clusters_with_many_long_wordings_stay_a_small_file():
    clustering, questions = demo("zh")
    clusters = [
        replace(clustering.clusters[number % 25], id=f"q-{number}", members=clustering.clusters[0].members[:30])
        for number in range(400)
    ]
    texts = [
        replace(question, text=f"{question.text}，{number}" + "好" * 400) for number, question in enumerate(questions)
    ]
    html = page(replace(clustering, clusters=clusters), texts, compared=True)
    assert html.count('class="cluster"') == 400
    assert len(html.encode()) < 2_500_000  # 14 million if every wording were there


def test_the_map_shows_the_largest_and_says_so():
    clustering, questions = small("Where is it?")
    clusters = [replace(clustering.clusters[0], id=f"q-{number}", members=[]) for number in range(501)]
    html = page(replace(clustering, clusters=clusters), questions, compared=False)
    assert html.count("<circle") == 500
    assert " The 500 largest are shown." in html


def test_without_a_previous_run_nothing_is_said_about_change():
    clustering, questions = demo()
    html = page(clustering, questions, compared=False)
    parsed = Parsed(html)
    assert not {"New", "Growing", "Shrinking", "Change", "What has changed", "+2.1 pp"} & set(parsed.texts)
    assert 'class="badge' not in html
    assert all("data-event" not in row for row in parsed.rows())
    assert 'name="event"' not in html
    assert TEXTS["how_not_compared"][0] in parsed.texts


@pytest.mark.parametrize(("language", "column"), [("en", 0), ("zh", 1)])
def test_a_change_that_may_be_one_is_marked_and_not_called_chance(language, column):
    clustering, questions = demo(language)
    certain = page(clustering, questions, compared=True)
    assert "†" not in certain
    calm = [replace(cluster, event="steady") for cluster in clustering.clusters]
    doubtful = [cluster for cluster in calm if cluster.may_have_changed]
    html = page(replace(clustering, clusters=calm), questions, compared=True)
    assert html.count('<abbr class="uncertain"') == len(doubtful) > 0
    words = Words(LANGUAGES[column])
    texts = Parsed(html).texts
    assert {words(key, n=len(calm)) for key in ("changed_uncertain", "how_uncertain", "changes_doubtful")} <= set(texts)
    assert TEXTS["changed_none"][column] not in texts


def test_without_times_there_are_no_curves():
    clustering, questions = demo(times=False)
    html = page(clustering, questions, compared=True)
    assert 'class="spark"' not in html
    assert "Over time" not in Parsed(html).texts


def test_without_any_answer_there_may_be_no_knowledge_base_and_nothing_is_called_missing():
    clustering, questions = demo()
    clusters = [replace(cluster, answer=None) for cluster in clustering.clusters]
    html = page(replace(clustering, clusters=clusters), questions, compared=True)
    assert "No answer yet" not in html
    assert 'name="missing"' not in html


@pytest.mark.parametrize("compared", [True, False])
def test_no_clusters_and_no_questions_make_a_page_too(compared):
    for questions in ([], [QuestionItem("1", "hello", "2026-03-01")]):
        parsed = Parsed(page(Clustering([], [question.id for question in questions]), questions, compared=compared))
        assert TEXTS["lead_none"][0] in parsed.texts
        assert "0.0%" in parsed.texts
        assert not parsed.rows()


def test_one_cluster_needs_no_map():
    clustering, questions = small("Where is it?")
    html = page(replace(clustering, clusters=clustering.clusters[:1]), questions, compared=False)
    assert 'id="map"' not in html
    assert html.count('class="cluster"') == 1


def test_the_page_speaks_the_language_of_most_questions():
    simplified, traditional, english = ["怎么退货", "发票怎么开"], ["請問怎麼退貨", "發票怎麼開"], ["Where is it?"]
    assert language_of([]) == language_of(english) == language_of(english + simplified[:1]) == "en"
    assert language_of(simplified + english) == "zh-Hans"
    assert language_of(traditional + simplified[:1] + english) == "zh-Hant"
    html = page(Clustering([], ["1"]), [QuestionItem("1", "請問發票怎麼開")], compared=False)
    assert '<html lang="zh-Hant">' in html
    assert '<h1 dir="auto">高頻問題</h1>' in html


def test_words_in_another_language_than_the_page_say_so():
    clustering, questions = small("怎么退货")
    html = page(clustering, [*questions, *(QuestionItem(f"e{n}", "Where is it?") for n in range(9))], compared=False)
    assert '<span dir="auto" lang="zh-Hans">怎么退货</span>' in html


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_is_there_in_both_scripts_with_the_same_values(key):
    texts = TEXTS[key]
    fields = [set(re.findall(r"{(\w+)}", text)) for text in texts]
    assert fields[1] == fields[2]
    assert fields[0] - {"change"} <= fields[1] | {"n"}
    assert to_simplified(texts[1]) == texts[1]
    assert all(texts) and len(texts) == len(LANGUAGES)


def test_numbers_are_written_as_people_write_them():
    assert [percent(share) for share in (0, 0.0002, 0.0314, 1)] == ["0.0%", "<0.1%", "3.1%", "100.0%"]
    assert [signed_points(points) for points in (0.0213, -0.004, 0, 0.0004)] == ["+2.1", "−0.4", "±0.0", "+0.04"]
    assert Words("en")("n_clusters", n=1) == "1 cluster"
    assert Words("en")("n_clusters", n=1200) == "1,200 clusters"


def test_markup_is_escaped_once_and_none_is_left_out():
    assert element("b", "<i>", Markup("<i></i>"), None, class_="a&b", title=None, data_x=0.5) == (
        '<b class="a&amp;b" data-x="0.5">&lt;i&gt;<i></i></b>'
    )


def test_every_text_can_be_read_on_its_ground_in_both_appearances(shop):
    """Contrast as WCAG 2.2 defines it: 4.5 for text (AA), 3 for what is drawn."""
    colours = {
        name: (light, dark)
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", shop[2])
    }
    pairs = [(name, f"{name}-ground", 4.5) for name in ("accent", "born", "up", "down", "yes", "no")]
    pairs += [(ink, on, 4.5) for ink in ("ink", "muted", "accent") for on in ("card", "ground", "raised")]
    pairs += [(f"t{number}", "card", 3.0) for number in range(10)]
    pairs += [("ink", "accent-ground", 4.5), ("ink", "yes-ground", 4.5), ("muted", "accent-ground", 4.5)]
    pairs += [("edge", "card", 3.0), ("accent", "line", 3.0)]
    for ink, on, least in pairs:
        for appearance in (0, 1):
            assert contrast(colours[ink][appearance], colours[on][appearance]) >= least, (ink, on, appearance)


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
