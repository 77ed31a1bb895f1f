"""The picture: well-formed whatever the names, everything within the slide, and no meaning by colour alone."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp_service.journeys.findings import findings
from nlp_service.journeys.picture import BAD, GOOD, HEIGHT, INK, WIDTH, picture
from nlp_service.journeys.svg import fit, width, wrap

SVG = "{http://www.w3.org/2000/svg}"


def draw(report, found=None):
    return ElementTree.fromstring(picture(report, found or findings(report)))


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def boxes(root):
    """Left, right and baseline of every text, by the widths that the layout itself reckons with."""
    for element in root.iter(f"{SVG}text"):
        x, size = float(element.get("x")), float(element.get("font-size"))
        room = width(element.text, size)
        left = x - room * {"middle": 0.5, "end": 1.0}.get(element.get("text-anchor"), 0.0)
        yield left, left + room, float(element.get("y")), size


def assert_within_the_slide(root):
    for left, right, baseline, size in boxes(root):
        assert left >= 0
        assert right <= WIDTH
        assert size <= baseline <= HEIGHT - 8


def test_it_names_stages_peak_valley_reasons_and_counts(rich):
    shown = texts(draw(rich))
    assert "Customers feel worst at delivery (−0.70), best at service (+0.60), and leave at +0.58." in shown
    assert "▲ Highest: service +0.60" in shown
    assert "▼ Lowest: delivery −0.70" in shown
    assert "valleys here: 60, most often 物流太慢 (60)" in shown
    assert shown.count("n = 60") == 3
    assert {"▼ pull it down", "▲ pull it up", "物流太慢", "态度好", "−0.700 (100%)"} <= set(shown)
    assert "rare" not in shown
    (footer,) = [text for text in shown if text.startswith("n = 60 (conversations)")]
    assert "95 % interval" in footer
    assert "stages not drawn: 1" in footer


@pytest.mark.parametrize(
    ("first", "second", "colours"), [(-0.7, -0.2, {BAD, INK}), (0.7, 0.2, {GOOD, INK}), (-0.7, 0.2, {BAD, GOOD})]
)
def test_the_best_of_bad_stages_isnt_good_nor_the_worst_of_good_ones_bad(talk, report, first, second, colours):
    root = draw(report(*[talk((first, "buying"), (second, "delivery")) for _ in range(5)]))
    triangles = root.findall(f"{SVG}polygon")[-2:]
    assert {triangle.get("fill") for triangle in triangles} == colours
    named = [element for element in root.iter(f"{SVG}text") if element.text.startswith(("▲ Highest", "▼ Lowest"))]
    assert {element.get("fill") for element in named} == colours


def test_reasons_that_pull_nothing_beyond_chance_arent_named(talk, report):
    shown = texts(draw(report(talk((0.001, "buying", "slow")), talk((0.002, "delivery", "kind")))))
    assert shown.count("none that stands out") == 2
    assert not {"物流太慢", "态度好"} & set(shown)


def test_it_needs_nothing_but_itself(rich):
    text = picture(rich, findings(rich))
    root = ElementTree.fromstring(text)
    assert root.get("viewBox") == "0 0 1600 900"
    assert not {element.tag for element in root.iter()} & {f"{SVG}image", f"{SVG}script", f"{SVG}style", f"{SVG}use"}
    assert text.count("http") == 1  # the namespace
    assert root.find(f"{SVG}title").text == findings(rich).title


def test_the_band_is_drawn_where_there_is_an_interval(talk, report, rich):
    one = report(talk(-0.5, 0.1, 0.5))
    assert len(draw(rich).findall(f"{SVG}polygon")) == 3  # the band and two triangles
    assert len(draw(one).findall(f"{SVG}polygon")) == 2
    assert not any("95 %" in text for text in texts(draw(one)))


def test_without_any_stage_it_follows_the_conversation(talk, report):
    shown = texts(draw(report(*[talk(-0.4, 0.0, 0.4) for _ in range(5)])))
    assert {"start", "10%", "90%", "end"} <= set(shown)
    assert any("by position in the conversation" in text for text in shown)


def test_nothing_to_draw_is_said(report):
    root = draw(report())
    assert any(text.startswith("Nothing to draw") for text in texts(root))
    assert root.find(f"{SVG}polyline") is None


@pytest.mark.parametrize("count", [2, 5, 12, 20])
@pytest.mark.parametrize(
    "name", ["物流", "售后服务与退款处理阶段之二", "before buying", "Internationalisierungsabteilung"]
)
def test_labels_of_stages_never_meet(talk, report, count, name):
    said = [(-0.9 + 1.8 * number / count, f"{name}{number}", name * 4) for number in range(count)]
    root = draw(report(*[talk(*said) for _ in range(5)]))
    assert_within_the_slide(root)
    rows = {}
    for left, right, baseline, _ in boxes(root):
        rows.setdefault(baseline, []).append((left, right))
    for row in rows.values():
        ordered = sorted(row)
        assert all(before[1] <= after[0] for before, after in pairwise(ordered))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.text(max_size=40), st.text(max_size=40)), min_size=1, max_size=8))
def test_any_names_and_scores_make_a_well_formed_picture(talk, report, said):
    assert_within_the_slide(draw(report(talk(*said), talk(*said[:3]))))


@given(st.text(max_size=60), st.integers(20, 400), st.integers(1, 3))
def test_wrapped_lines_are_few_and_have_room(text, room, lines):
    wrapped = wrap(text, 16, room, lines)
    assert len(wrapped) <= lines
    assert all(width(line, 16) <= room for line in wrapped)
    assert fit(text, 16, 10_000) == text


def test_words_break_where_readers_expect_it():
    assert wrap("before_buying advice", 10, 50, 3) == ["before_", "buying", "advice"]
    assert wrap("售后服务", 10, 20, 2) == ["售后", "服务"]
    assert wrap("售后服务处理", 10, 20, 2) == ["售后", "服…"]
