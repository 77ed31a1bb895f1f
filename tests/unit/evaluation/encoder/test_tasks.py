"""What is scored: reading, splitting, and what is said of files that can't be used."""

import json

import pytest

from evaluation.encoder import tasks
from evaluation.encoder.tasks import Texts, read_intents, read_tasks, read_tree, split
from nlp_service.errors import DataError

SECRET = "客户的秘密"


def test_the_split_does_not_depend_on_order_or_neighbours(samples):
    train, test = split(samples, 0.3)
    assert set(train.texts) | set(test.texts) == set(samples.texts)
    assert not set(train.texts) & set(test.texts)
    assert 0.1 < len(test.texts) / len(samples.texts) < 0.5
    backwards = Texts(samples.texts[::-2], samples.labels[::-2])
    assert set(split(backwards, 0.3)[1].texts) == set(test.texts) & set(backwards.texts)


def test_a_larger_share_holds_out_the_same_rows_and_more(samples):
    assert set(split(samples, 0.1)[1].texts) <= set(split(samples, 0.4)[1].texts)


def test_all_sets_are_read(data, own):
    read = read_tasks(data, own)
    assert set(read.classification) == {one.name for one in tasks.LABELLED}
    assert set(read.pairs) == set(tasks.PAIRS)
    assert set(read.clusters) == set(tasks.CLUSTERED)
    assert all(path.is_file() for path in read.files)
    assert len(read.files) == len(set(read.files))
    assert len(read.texts()) == len(set(read.texts()))


def test_a_limit_draws_the_same_rows_of_each_side(data, own):
    full, small, again = (read_tasks(data, own, limit=limit) for limit in (None, 20, 20))
    assert small.classification["cic"] == again.classification["cic"]
    assert len(small.classification["cic"].train.texts) == 20
    assert set(small.classification["cic"].test.texts) <= set(full.classification["cic"].test.texts)
    assert len(set(small.classification["cic"].train.labels)) > 1
    assert small.intents == full.intents
    assert small.speed == full.speed


def test_held_out_intents_are_whole(write_rows):
    rows = [{"intent": f"intent-{number}", "texts": [f"{number}甲", f"{number}乙"]} for number in range(50)]
    found = read_intents(write_rows("own.jsonl", rows))
    assert 2 <= len(set(found.labels)) < 25
    assert all(found.labels.count(label) == 2 for label in found.labels)


def test_the_codes_of_a_tree_that_were_seen_stand_among_those_that_werent(write_rows):
    rows = [{"intent": f"a/{number}", "texts": [f"a/{number}", f"{number}甲", f"{number}乙"]} for number in range(50)]
    found = read_tree(write_rows("own.jsonl", rows))
    assert found.paths == tuple(f"a/{number}" for number in range(50))
    assert 2 <= len(set(found.messages.labels)) < 25
    assert not set(found.messages.texts) & set(found.paths)


@pytest.mark.parametrize("row", [{"intent": "a"}, {"intent": "a", "texts": [SECRET, 3]}, {"texts": [SECRET]}, [SECRET]])
def test_intents_of_another_shape_are_refused_without_their_text(write_rows, row):
    with pytest.raises(DataError, match="line 1: needs an 'intent'") as caught:
        read_intents(write_rows("own.jsonl", [row]))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("row", [{"a": SECRET, "b": SECRET, "label": 2}, {"a": SECRET, "label": 1}, SECRET])
def test_pairs_of_another_shape_are_refused_without_their_text(data, own, row):
    (data / "pairs" / "bq.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(DataError, match=r"bq\.jsonl: line 1: needs 'a' and 'b'") as caught:
        read_tasks(data, own)
    assert SECRET not in str(caught.value)


def test_a_missing_folder_or_file_is_named(data, own, tmp_path):
    with pytest.raises(DataError, match="nowhere: no such folder"):
        read_tasks(tmp_path / "nowhere", own)
    with pytest.raises(DataError, match="holds no files of intents"):
        read_tasks(data, tmp_path / "nowhere")
    (data / "questions" / "dstc11_development.jsonl").unlink()
    with pytest.raises(DataError, match=r"dstc11_development\.jsonl: can't be read"):
        read_tasks(data, own)


def test_one_label_alone_cannot_be_scored(data, own, write_rows):
    write_rows("data/questions/dstc11_development.jsonl", [{"text": "甲", "label": "a"}, {"text": "乙", "label": "a"}])
    with pytest.raises(DataError, match="fewer than two labels"):
        read_tasks(data, own)
