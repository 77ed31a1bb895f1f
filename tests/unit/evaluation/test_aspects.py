"""Figures of aspects, and how their labelled texts are read."""

import json

import pytest

from evaluation.aspects import CHALLENGE, figures, read_rows
from nlp_service.contracts import Aspect
from nlp_service.errors import DataError


def rows_of(tmp_path, *rows):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return read_rows(path)


def labelled(text, *aspects, part="blind"):
    return {"text": text, "aspects": [{"text": words, "sentiment": sentiment} for words, sentiment in aspects]} | {
        "part": part
    }


def found(start, end, sentiment):
    return Aspect(start, end, start, end, sentiment, 0.5)


def test_spans_count_exactly_and_by_overlap_and_only_matched_ones_have_a_sentiment(tmp_path):
    rows = rows_of(tmp_path, labelled("快递很快，客服态度差", ("快递", "positive"), ("客服态度", "negative")))

    scores = figures(rows, [[found(0, 2, "positive"), found(7, 9, "positive"), found(9, 10, "negative")]])["all"]["all"]

    assert scores["exact precision"] == pytest.approx(1 / 3)
    assert scores["exact recall"] == 0.5
    assert scores["overlapping precision"] == pytest.approx(2 / 3)
    assert scores["overlapping F1"] == pytest.approx(0.8)
    assert scores["sentiment accuracy"] == 0.5


def test_one_found_span_counts_for_one_aspect_only(tmp_path):
    rows = rows_of(tmp_path, labelled("客服、快递都很好", ("客服", "positive"), ("快递", "positive")))

    scores = figures(rows, [[found(0, 5, "positive")]])["all"]["all"]

    assert (scores["overlapping recall"], scores["overlapping precision"]) == (0.5, 1.0)


def test_figures_come_by_part_and_language_and_are_null_where_there_is_nothing(tmp_path):
    rows = rows_of(
        tmp_path,
        labelled("太差了，不会再来了", part="development"),
        labelled("The room was clean", ("room", "positive")),
    )

    by_both = figures(rows, [[], [found(4, 8, "positive")]])["by part and language"]

    assert list(by_both) == ["blind, en", "development, zh-Hans"]
    assert by_both["development, zh-Hans"]["overlapping F1"] is None
    assert by_both["blind, en"]["exact F1"] == 1.0


@pytest.mark.parametrize(
    "row",
    [
        {"text": "房间小"},
        {"text": "房间小", "aspects": ["房间"]},
        labelled("房间小", ("浴室", "negative")),
        labelled("房间小", ("房间", "bad")),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_never_quoted(tmp_path, row):
    with pytest.raises(DataError, match="line 2") as caught:
        rows_of(tmp_path, labelled("房间小", ("房间", "negative")), row)
    assert "房间" not in str(caught.value).replace(str(tmp_path), "")


def test_the_challenge_has_a_blind_part_and_texts_that_name_nothing():
    rows = read_rows(CHALLENGE)
    assert {row.part for row in rows} == {"development", "blind"}
    assert sum(row.part == "blind" for row in rows) >= 60
    assert sum(not row.aspects for row in rows) >= 20
    assert len({row.text for row in rows}) == len(rows)
