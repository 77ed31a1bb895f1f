"""The report in a real browser: its script runs under its own policy, in both appearances, and says no error."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from nlp_service.contracts import Clustering, QuestionItem
from nlp_service.frequent_questions.report import page
from tests.unit.frequent_questions.demo import demo

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr"),
    *("--virtual-time-budget=4000", "--dump-dom"),
)
SECONDS = 90
DARK, LIGHT = 0, 1

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")


class Page(HTMLParser):
    """What the script made of the page: the attributes of each cluster's rows, in order, and of the document."""

    def __init__(self, html):
        super().__init__()
        self.root, self.clusters, self.headings = {}, [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "html":
            self.root = attributes
        if tag == "tbody" and "cluster" in attributes.get("class", "").split():
            self.clusters.append(attributes)
        self.headings += tag == "tbody" and attributes.get("class") == "group"

    @property
    def visible(self):
        return [cluster for cluster in self.clusters if "hidden" not in cluster]


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """Opens a page at an address within it; fails if the browser's console says anything."""
    folder = tmp_path_factory.mktemp("browser")

    def open_page(html, at="", appearance=LIGHT):
        file = folder / "report.html"
        file.write_text(html, encoding="utf-8")
        command = [BROWSER, *FLAGS, f"--blink-settings=preferredColorScheme={appearance}"]
        command += [f"--user-data-dir={folder / 'profile'}", f"{file.as_uri()}{at}"]
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
        said = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
        assert not said
        return done.stdout.decode()

    return open_page


@pytest.fixture(scope="module")
def shop():
    return page(*demo(), compared=True)


@pytest.mark.parametrize("appearance", [LIGHT, DARK])
def test_every_row_is_there_and_the_script_ran(visit, shop, appearance):
    html = visit(shop, appearance=appearance)
    seen = Page(html)
    assert seen.root["data-script"] == "ready"
    assert len(seen.visible) == 25
    assert "25 of 25 clusters, 1,965 questions" in html
    assert html.count('tabindex="0"') == 1  # of the map's circles


def test_the_address_sorts_filters_and_groups(visit, shop):
    html = visit(shop, "#sort=rise&missing=1&group=1")
    seen = Page(html)
    assert seen.headings == len({cluster["data-theme"] for cluster in seen.visible})
    assert {cluster["data-missing"] for cluster in seen.visible} == {"1"}
    places = [(int(cluster["data-theme"]), -float(cluster["data-change"])) for cluster in seen.visible]
    assert places == sorted(places) and len(places) == 10
    assert re.search(r'class="change"[^>]* aria-sort="descending"', html)


def test_words_are_searched_in_every_wording(visit, shop):
    seen = Page(visit(shop, "#q=COURIER+says"))
    assert [cluster["data-size"] for cluster in seen.visible] == ["61"]


def test_the_address_of_a_cluster_opens_it(visit, shop):
    html = visit(shop, "#c3")
    assert html.count("<details open") == 1
    (found,) = [cluster for cluster in Page(html).clusters if "found" in cluster["class"]]
    assert found["id"] == "c3"


def test_a_chinese_page_runs_too(visit):
    html = visit(page(*demo("zh"), compared=False), "#kind=complaint")
    assert {cluster["data-kind"] for cluster in Page(html).visible} == {"complaint"}
    assert "8 / 25 类" in html


def test_hostile_words_run_nothing(visit):
    hostile = "</script><img src=x onerror=document.title='broken'><svg onload=alert(1)>"
    clustering, questions = demo()
    texts = [QuestionItem(question.id, hostile, question.at) for question in questions]
    html = visit(page(clustering, texts, compared=True, title=hostile))
    assert "<img" not in html
    assert Page(html).root["data-script"] == "ready"
    assert visit(page(Clustering([], []), [], compared=False)).count('data-script="ready"') == 1
