import json
from collections import defaultdict
from pathlib import Path

import pytest

from evaluation.emotions import read_emotions
from evaluation.labelled import Labelled, read_rows
from nlp_service.contracts import EMOTIONS, KINDS, SENTIMENTS
from nlp_service.errors import DataError
from nlp_service.tasks.emotions import LABELS, NONE
from nlp_service.text import split_sentences
from training.seed_sentences import SEEDS, read_seeds

ROWS = (
    {"text": "充电口松了", "kind": "complaint", "sentiment": "negative", "emotion": None},
    {"text": "你们太过分了", "kind": "complaint", "sentiment": "negative", "emotion": "anger"},
    {"text": "请问几点关门", "kind": "enquiry", "sentiment": "neutral"},
    {"text": "音质很不错", "kind": "statement", "sentiment": "positive"},
)
FIELDS = {"kind": (KINDS, None), "sentiment": (SENTIMENTS, None), "emotion": (LABELS, NONE)}
SENTIMENT_OF = {
    **dict.fromkeys(("anger", "worry", "disappointment", "sadness"), ("negative",)),
    **dict.fromkeys(("gratitude", "joy"), ("positive",)),
    "surprise": SENTIMENTS,
}


def _file(folder: Path, *rows: object, name: str = "seeds.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def _shipped(field: str, path: Path) -> list[Labelled]:
    labels, unmarked = FIELDS[field]
    return read_seeds([path], field, labels, unmarked)


def test_each_field_is_read_from_the_same_rows(tmp_path: Path) -> None:
    path = _file(tmp_path, *ROWS)

    for field, labels in (("kind", KINDS), ("sentiment", SENTIMENTS)):
        assert read_seeds([path], field, labels) == [Labelled(row["text"], row[field]) for row in ROWS]


def test_emotions_are_none_where_null_and_where_an_unmarked_sentence_is_neutral(tmp_path: Path) -> None:
    assert read_seeds([_file(tmp_path, *ROWS)], "emotion", LABELS, NONE) == [
        Labelled("充电口松了", NONE),
        Labelled("你们太过分了", "anger"),
        Labelled("请问几点关门", NONE),
    ]


def test_without_a_label_for_null_such_rows_are_left_out(tmp_path: Path) -> None:
    assert read_seeds([_file(tmp_path, *ROWS)], "emotion", EMOTIONS) == [Labelled("你们太过分了", "anger")]


def test_a_sentence_of_several_files_is_taken_once(tmp_path: Path) -> None:
    paths = [_file(tmp_path, *ROWS[:2], name="a.jsonl"), _file(tmp_path, *ROWS[1:], name="b.jsonl")]

    assert [row.text for row in read_seeds(paths, "kind", KINDS)] == [row["text"] for row in ROWS]


@pytest.mark.parametrize("label", ["fury", "Anger", 3, ["anger"]])
def test_an_unknown_label_is_named_by_its_row_never_by_its_text(tmp_path: Path, label: object) -> None:
    path = _file(tmp_path, ROWS[1], {"text": "我真的受够了", "emotion": label})

    with pytest.raises(DataError, match=r"seeds\.jsonl: line 2: 'emotion' must be one of none, anger") as caught:
        read_seeds([path], "emotion", LABELS, NONE)
    assert "受够" not in str(caught.value)


@pytest.mark.parametrize("row", [{"kind": "complaint"}, {"text": 7, "kind": "complaint"}, ["客服不理人"], "客服不理人"])
def test_a_row_without_a_text_is_refused(tmp_path: Path, row: object) -> None:
    with pytest.raises(DataError, match=r"line 2: needs a 'text'") as caught:
        read_seeds([_file(tmp_path, ROWS[0], row)], "kind", KINDS)
    assert "客服" not in str(caught.value)


def test_the_shipped_files_are_found() -> None:
    assert {path.parent.name for path in SEEDS} == {"seeds", "feelings"}
    assert len(SEEDS) > 2


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_every_shipped_sentence_has_allowed_labels(path: Path) -> None:
    rows = read_rows(path)

    for field in FIELDS:
        assert _shipped(field, path)
    for where, row in rows:
        assert {"text", "kind", "sentiment"} <= set(row) <= {"text", "phenomenon", *FIELDS}, where
        assert row["kind"], where
        assert row["sentiment"], where
        assert split_sentences(row["text"]), where


@pytest.mark.parametrize("field", FIELDS)
def test_no_shipped_sentence_has_two_labels(field: str) -> None:
    found = defaultdict(set)
    places = defaultdict(list)
    for path in SEEDS:
        for where, row in read_rows(path):
            calm = field == "emotion" and row["sentiment"] == "neutral"
            if field in row or calm:
                found[row["text"]].add(row.get(field) or NONE)
                places[row["text"]].append(where)

    assert [places[text] for text, labels in found.items() if len(labels) > 1] == []


def test_every_label_has_shipped_sentences_of_both_languages() -> None:
    for field, (labels, unmarked) in FIELDS.items():
        rows = read_seeds(SEEDS, field, labels, unmarked)
        for is_english in (True, False):
            assert {row.label for row in rows if row.text.isascii() == is_english} == set(labels)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_emotions_go_with_the_sentiments_they_are_made_of(path: Path) -> None:
    wrong = [
        where
        for where, row in read_rows(path)
        if row.get("emotion") and row["sentiment"] not in SENTIMENT_OF[row["emotion"]]
    ]

    assert wrong == []


def test_posts_show_every_emotion_and_none_in_chinese_alone() -> None:
    rows = read_emotions(Path("training/seeds/posts_zh.jsonl"))

    assert (
        len({row.text for row in rows}) == len(rows) == sum(1 for _ in read_rows(Path("training/seeds/posts_zh.jsonl")))
    )
    assert {row.label for row in rows} == set(LABELS)
    assert not any(row.text.isascii() for row in rows)
