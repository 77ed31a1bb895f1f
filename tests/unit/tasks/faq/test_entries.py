import json
from pathlib import Path

import pytest

from nlp_service.errors import DataError
from nlp_service.tasks.faq import Entry, read_entries, wordings

GOOD = {"id": "fee", "questions": ["运费多少", "How much is shipping?"], "answers": ["六元。"]}


def write(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "faq.jsonl"
    path.write_text("\n".join(lines), encoding=encoding)
    return path


def test_reads_entries_in_order(tmp_path):
    other = {"id": "gift", "questions": ["有赠品吗"], "answers": ["有。"], "tags": ["promotions"]}
    entries = read_entries(write(tmp_path, json.dumps(GOOD), "", json.dumps(other, ensure_ascii=False)))
    assert entries == [
        Entry("fee", ("运费多少", "How much is shipping?"), ("六元。",)),
        Entry("gift", ("有赠品吗",), ("有。",), ("promotions",)),
    ]
    assert wordings(entries) == ["运费多少", "How much is shipping?", "有赠品吗"]


def test_tolerates_a_byte_order_mark_and_windows_line_ends(tmp_path):
    assert len(read_entries(write(tmp_path, json.dumps(GOOD) + "\r", "\r", encoding="utf-8-sig"))) == 1


def test_a_line_separator_inside_a_string_is_no_line_end(tmp_path):
    row = GOOD | {"answers": ["一\u2028二"]}
    (entry,) = read_entries(write(tmp_path, json.dumps(row, ensure_ascii=False)))
    assert entry.answers == ("一\u2028二",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"questions": []}, "'questions' must not be an empty list"),
        ({"answers": []}, "'answers' must not be an empty list"),
        ({"questions": "秘密"}, "'questions' must be a list"),
        ({"answers": ["秘密", " "]}, "'answers' must be a list of strings that aren't empty"),
        ({"tags": [3]}, "'tags' must be a list"),
        ({"id": 17}, "'id' must be a string"),
        ({"id": " "}, "'id' must be a string"),
        ({"秘密": 1}, r"1 unknown field\(s\)"),
    ],
)
def test_refuses_other_shapes_by_line_without_quoting(tmp_path, change, message):
    first = json.dumps(GOOD | {"id": "first"})
    with pytest.raises(DataError, match=rf"faq\.jsonl: line 2: {message}") as caught:
        read_entries(write(tmp_path, first, json.dumps(GOOD | change, ensure_ascii=False)))
    assert "秘密" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "秘密"', "not valid JSON"),
        ("[1]", "not a JSON object"),
        ('{"id": "秘密"}', "questions, answers missing"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_refuses_what_is_no_entry(tmp_path, line, message):
    with pytest.raises(DataError, match=rf"line 1: {message}") as caught:
        read_entries(write(tmp_path, line))
    assert "秘密" not in str(caught.value)


def test_refuses_an_id_that_comes_twice(tmp_path):
    with pytest.raises(DataError, match="line 3: its id is already that of line 1"):
        read_entries(write(tmp_path, json.dumps(GOOD), "", json.dumps(GOOD)))


def test_refuses_an_empty_a_missing_and_a_foreign_file(tmp_path):
    with pytest.raises(DataError, match="holds no entries"):
        read_entries(write(tmp_path, "\n"))
    with pytest.raises(DataError, match="can't be read"):
        read_entries(tmp_path / "none.jsonl")
    with pytest.raises(DataError, match="isn't UTF-8"):
        read_entries(write(tmp_path, "运费", encoding="gb18030"))


def test_the_sample_knowledge_base_is_valid():
    entries = read_entries(Path(__file__).parents[4] / "models/faq/retail.jsonl")
    assert len(entries) == 48
