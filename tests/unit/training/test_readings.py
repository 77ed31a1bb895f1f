"""Labels given by reading find their texts again, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from nlp_service.errors import DataError
from training.readings.__main__ import INDEX, READINGS, digest, restore

TEXTS = ("发票抬头能改吗", "快遞到哪了", "Where is my parcel?", "在吗")


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    write(tmp_path / "data" / "given.jsonl", [{"text": text, "label": "other"} for text in TEXTS])
    return tmp_path / "readings", tmp_path / "data", tmp_path / "out"


def reading(folder: Path, entry: str, rows: list[dict[str, Any]]) -> None:
    write(folder / "some.jsonl", rows)
    (folder / INDEX).write_text(f"some: {{texts: given.jsonl{entry}}}\n", encoding="utf-8")


def test_texts_stand_beside_their_labels_again(folders):
    reading(folders[0], "", [{"text": digest(TEXTS[1]), "label": "delivery", "sure": 2}])
    restore(*folders)
    assert read(folders[2] / "some.jsonl") == [{"text": TEXTS[1], "label": "delivery", "sure": 2}]


def test_what_was_not_read_again_keeps_its_label_and_guesses_are_left_out(folders):
    rows = [
        {"text": digest(TEXTS[0]), "label": "invoice", "sure": 2},
        {"text": digest(TEXTS[3]), "label": "x", "sure": 0},
    ]
    reading(folders[0], ", keep: true, least: 1", rows)
    restore(*folders)
    labels = {row["text"]: row["label"] for row in read(folders[2] / "some.jsonl")}
    assert labels == {TEXTS[0]: "invoice", TEXTS[1]: "other", TEXTS[2]: "other"}


def test_pairs_are_found_among_single_texts(folders):
    reading(folders[0], "", [{"a": digest(TEXTS[0]), "b": digest(TEXTS[3]), "label": 0}])
    restore(*folders)
    assert read(folders[2] / "some.jsonl") == [{"a": TEXTS[0], "b": TEXTS[3], "label": 0}]


def test_conversations_are_found_by_id_and_their_sentences_by_digest(folders):
    turns = [{"speaker": "customer", "text": "你好。发票抬头写错了！"}]
    write(folders[1] / "given.jsonl", [{"id": "c1", "turns": turns}])
    reading(
        folders[0], "", [{"id": "c1", "label": "invoice"}, {"text": digest("发票抬头写错了！"), "label": "invoice"}]
    )
    restore(*folders)
    assert read(folders[2] / "some.jsonl") == [
        {"id": "c1", "label": "invoice", "turns": turns},
        {"text": "发票抬头写错了！", "label": "invoice"},
    ]


@pytest.mark.parametrize("row", [{"text": "0" * 16, "label": "x"}, {"id": "c9", "label": "x"}])
def test_a_text_of_another_version_of_the_set_is_refused(folders, row):
    reading(folders[0], "", [row])
    with pytest.raises(DataError, match=r"given\.jsonl: 1 texts that were read aren't in it"):
        restore(*folders)


def test_the_repositorys_readings_hold_digests_and_no_texts():
    files = sorted(READINGS.glob("*.jsonl"))
    assert files
    for file in files:
        for row in read(file):
            named = [row[key].replace("-", "") for key in ("text", "a", "b", "id") if key in row]
            assert named
            assert all(len(name) in (16, 32) and set(name) <= set("0123456789abcdef") for name in named)
