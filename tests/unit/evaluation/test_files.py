"""Files that commands are given: named apart, and refused with a line that says why."""

import json
from pathlib import Path

import pytest

from evaluation.emotions import read_emotions
from evaluation.reporting import names_of
from evaluation.sentiment import read_sentiments
from nlp_service.errors import DataError


def written(path, *rows):
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_files_of_one_name_are_told_apart_by_their_folders():
    assert names_of([Path("a/test.jsonl"), Path("b/test.csv"), Path("c/other.jsonl")]) == [
        "a/test.jsonl",
        "b/test.csv",
        "other",
    ]


def test_a_file_given_twice_is_refused():
    with pytest.raises(DataError, match="given twice"):
        names_of([Path("a/test.jsonl")] * 2)


@pytest.mark.parametrize("label", ["pos", "Neutral", None])
def test_a_label_that_is_no_sentiment_is_named(tmp_path, label):
    file = written(tmp_path / "t.jsonl", {"text": "fine", "label": "positive"}, {"text": "well", "label": label})
    with pytest.raises(DataError, match=f"there is {label!r}"):
        read_sentiments(file)


def test_no_emotion_is_an_emotion_to_be_right_about(tmp_path):
    rows = [
        {"text": "grr", "emotion": "angry"},
        {"text": "when?", "emotion": None},
        {"text": "x", "emotion": "disgust"},
    ]
    assert [row.label for row in read_emotions(written(tmp_path / "t.jsonl", *rows))] == ["anger", "none"]
