"""Clusters as a table, as Markdown, as JSON for the next run; and without the small ones."""

import json
from dataclasses import replace

import pytest

from nlp_service.api.requests import PreviousCluster, PreviousGone
from nlp_service.contracts import (
    Cluster,
    Clustering,
    FaqSuggestion,
    GoneCluster,
    ReasonNode,
    ShareChange,
    Theme,
)
from nlp_service.frequent_questions import tables

DELIVERY = Cluster(
    "q-1",
    "快递多久能到",
    "快递多久能到啊？",
    6,
    0.3,
    "enquiry",
    ["快递", "几天"],
    ["1", "2", "3", "4", "5", "6"],
    0.9,
    "grown",
    wordings=["快递多久能到啊？", "幾天能送到"],
    reach=7,
    theme="t-1",
    position=(0.5, -0.25),
    reason=ReasonNode("logistics.delay", "物流太慢", 0.9),
    answer=FaqSuggestion("17", "几天到", "一般三天", 0.9),
    predecessors=["q-1"],
    change=ShareChange(0.1, 0.3, 0.05, 0.35),
)
COUPON = Cluster(
    "q-2", "优惠券|怎么_用_", "优惠券怎么用", 4, 0.2, "enquiry", [], ["7", "8", "9", "10"], 0.5, "born", theme="t-1"
)


@pytest.fixture
def clustering():
    """Two of the clusters of twenty questions in one theme, and an earlier one that has died."""
    return Clustering(
        [DELIVERY, COUPON],
        [str(number) for number in range(11, 21)],
        [Theme("t-1", "下单", 10, 0.5, ["订单"], ["q-1", "q-2"])],
        [GoneCluster("q-9", "口罩预约", "died", ["q-2"], ShareChange(0.2, 0.01, -0.3, -0.1))],
        ["快递多久能到", "優惠券怎麼用"],
    )


def test_the_title_says_what_is_asked_most_and_what_has_changed(clustering):
    first = tables.title(clustering, 20, compared=False)
    assert first == "20 questions: 2 clusters hold 50%; '快递多久能到' is asked most (30.0%)"
    one = tables.title(replace(clustering, clusters=clustering.clusters[:1]), 20, compared=False)
    assert one == "20 questions: 1 cluster holds 30%; '快递多久能到' is asked most (30.0%)"
    assert tables.title(clustering, 20, compared=True) == f"{first}; 1 born, 1 grown, 1 died"
    calm = Clustering([Cluster("q", "退货", "退货", 2, 0.5, "request", [], ["1", "2"], 1.0, "steady")], [])
    assert tables.title(calm, 4, compared=True).endswith("; no change beyond chance")
    assert tables.title(Clustering([], ["1"]), 1, compared=True) == (
        "None of 1 questions is asked often enough to be a cluster"
    )


def test_one_row_a_cluster(clustering):
    first, second = (dict(zip(tables.COLUMNS, row, strict=True)) for row in tables.rows(clustering))
    assert (first["id"], first["theme"], first["questions"], first["keywords"]) == ("q-1", "下单", 6, "快递, 几天")
    assert (first["change"], first["change_low"], first["change_high"]) == (0.2, 0.05, 0.35)
    assert (first["reason_code"], first["answered_by"], first["predecessors"]) == ("logistics.delay", "17", "q-1")
    assert [second[name] for name in ("change", "change_low", "change_high", "reason", "answered_by")] == [None] * 5


def test_the_next_run_can_read_the_json(clustering):
    lines = list(tables.document(clustering, 20, compared=True, about={"min_size": 3}))
    read = json.loads("".join(lines))
    assert (read["questions"], read["outliers"], read["min_size"]) == (20, 10, 3)
    first, second = (PreviousCluster.model_validate_json(json.dumps(row)).record() for row in read["clusters"])
    assert (first.name, first.members, first.wordings, first.reach) == (
        DELIVERY.name,
        DELIVERY.members,
        DELIVERY.wordings,
        DELIVERY.reach,
    )
    assert second.members == COUPON.members
    assert read["themes"][0]["clusters"] == ["q-1", "q-2"]
    assert read["gone"][0]["change"]["now"] == 0.01
    assert read["sample"] == ["快递多久能到", "優惠券怎麼用"]


def test_a_clusters_line_begins_with_what_people_edit(clustering):
    text = "".join(tables.document(clustering, 20, compared=False, about={}))
    (line,) = (line for line in text.splitlines() if "q-1" in line and "members" in line)
    assert line.strip().startswith('{"id": "q-1", "name": "快递多久能到",')
    assert line.strip().endswith('"members": ["1", "2", "3", "4", "5", "6"]},')


def test_no_clusters_are_json_too():
    text = "".join(tables.document(Clustering([], ["1"]), 1, compared=False, about={}))
    assert [json.loads(text)[name] for name in ("clusters", "gone", "sample")] == [[], [], []]


def test_markdown_shows_changes_only_against_an_earlier_run(clustering):
    compared = tables.markdown(clustering, 20, compared=True)
    assert "| grown | +20.0 (+5.0 … +35.0) |" in compared
    assert "| 口罩预约 | died | −19.0 (−30.0 … −10.0) | q-2 | q-9 |" in compared
    assert "yes (17)" in compared
    alone = tables.markdown(clustering, 20, compared=False)
    assert "grown" not in alone
    assert "event" not in alone.lower()
    assert alone.startswith("# 20 questions")


def test_what_went_in_an_earlier_run_is_kept_for_the_next_and_not_told_again(clustering):
    before = GoneCluster("q-8", "礼品卡", "quiet", [], None, ["礼品卡怎么用"], None, 2)
    later = replace(clustering, gone=[*clustering.gone, before])
    assert tables.markdown(later, 20, compared=True) == tables.markdown(clustering, 20, compared=True)
    assert "quiet" not in tables.title(later, 20, compared=True)
    written = json.loads("".join(tables.document(later, 20, compared=True, about={})))["gone"]
    assert PreviousGone.model_validate(written[0]).records() == []
    assert PreviousGone.model_validate(written[1]).records() == [before.record()]


def test_a_change_that_may_be_one_is_marked_and_not_called_chance(clustering):
    steady = replace(DELIVERY, event="steady")
    doubtful = replace(clustering, clusters=[steady], gone=[])
    assert tables.title(doubtful, 20, compared=True).endswith("; no change is certain after correcting for 1 clusters")
    text = tables.markdown(doubtful, 20, compared=True)
    assert "| steady | +20.0 (+5.0 … +35.0) † |" in text
    assert "- †: the interval excludes zero, but the change is not certain" in text
    sure = replace(steady, change=ShareChange(0.1, 0.12, -0.05, 0.1))
    assert "†" not in tables.markdown(replace(doubtful, clusters=[sure]), 20, compared=True)
    assert "†" not in tables.markdown(clustering, 20, compared=True)


def test_without_an_earlier_run_a_row_has_no_event(clustering):
    place = tables.COLUMNS.index("event")
    assert [row[place] for row in tables.rows(clustering, compared=False)] == [None, None]
    assert [row[place] for row in tables.rows(clustering)] == ["grown", "born"]


def test_names_cant_break_a_table(clustering):
    text = tables.markdown(clustering, 20, compared=True)
    assert r"优惠券\|怎么_用\_" in text
    (row,) = (line for line in text.splitlines() if line.endswith("| q-2 |"))
    assert row.replace(r"\|", "").count("|") == 12
