"""The table that goes out to people and comes back."""

import csv
import json

import pytest

from nlp_service.errors import ConfigurationError, DataError
from nlp_service.review import tables

TEXT = '=1+1，这个"单"\n怎么算的'


@pytest.fixture
def chosen(make_candidate, make_reason):
    """Two rows: one with four possible codes, and one out of scope."""
    likely = {"parcel.late": 0.4, "parcel.lost": 0.3, "refund.refund": 0.2, "refund.other": 0.05, "service.other": 0.01}
    return [
        (make_candidate(TEXT, line=9, reason=make_reason(likely), id="0012"), 3),
        (make_candidate("哈哈", line=2, reason=make_reason({"parcel.late": 0.1}, chosen=None)), 1),
    ]


def _edit(path, row, **cells):
    """What a person does with a spreadsheet: fill cells of one row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[row].update(cells)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_csv_is_what_a_spreadsheet_reads(chosen, tmp_path):
    path = tmp_path / "out.csv"
    tables.write(path, chosen)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert tuple(first) == tables.COLUMNS
    assert (first["id"], first["line"], first["count"], first["text"]) == ("'0012", "9", "3", "'" + TEXT)
    assert (first["status"], first["code"], first["probability"]) == ("tagged", "parcel.late", "0.4")
    assert first["alternative_1"] == "parcel.lost | name of parcel.lost | 0.30"
    assert first["alternative_3"].startswith("refund.other")
    assert (first["label"], first["comment"]) == ("", "")
    assert (second["status"], second["code"], second["alternative_1"][:11]) == ("out_of_scope", "", "parcel.late")
    assert second["alternative_2"] == ""


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_a_table_nobody_filled_comes_back_without_labels(name, chosen, tmp_path):
    path = tmp_path / name
    tables.write(path, chosen)
    first, second = tables.read(path)
    assert (first.text, first.label, first.id, first.proposal) == (TEXT, "", "0012", "parcel.late")
    assert (second.text, second.label, second.id, second.proposal) == ("哈哈", "", None, "")


def test_labels_come_back(chosen, tmp_path):
    path = tmp_path / "out.csv"
    tables.write(path, chosen)
    _edit(path, 1, label=" - ")
    assert [row.label for row in tables.read(path)] == ["", "-"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_spreadsheet_may_write_another_delimiter_and_leave_out_empty_cells(delimiter, tmp_path):
    path = tmp_path / "in.csv"
    lines = [["text", "note", "label"], ["退货", "", "refund"], ["", "", ""], ["换货", "x"]]
    path.write_text("\n".join(delimiter.join(line) for line in lines), encoding="utf-8-sig")
    assert [(row.where[-5:], row.text, row.label) for row in tables.read(path)] == [
        ("row 2", "退货", "refund"),
        ("row 4", "换货", ""),
    ]


def test_labels_of_another_column_are_read_if_it_is_named(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"text": "退货", "label": "a", "correct": "b"}), encoding="utf-8")
    (row,) = tables.read(path, "correct")
    assert row.label == "b"


def test_null_is_not_reviewed(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "退货", "label": null}\n\n', encoding="utf-8")
    assert [row.label for row in tables.read(path)] == [""]


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("in.csv", b"", "in.csv: holds no rows"),
        ("in.csv", b"text,label\n,\n", "in.csv: holds no rows"),
        ("in.jsonl", b"\n", "in.jsonl: holds no rows"),
        ("in.csv", b"text,note\nsecret,x", "row 2: has no 'label'"),
        ("in.csv", "text,label\n退货,secret".encode("gbk"), "CSV UTF-8"),
        ("in.csv", b'text,label\n"' + b"x" * 200_000 + b'",a', "not valid CSV"),
        ("in.csv", b'text,label\n"secret,-\nb,-', "line 2: a quote in the row that begins here is never closed"),
        ("in.csv", b"text,label\na,-\nsecret,b,-", "row 3: more cells than the header has"),
        ("in.jsonl", b'{"text": "secret"}', "line 1: has no 'label'"),
        ("in.jsonl", b'\n{"text": "secret", "label": 5}', "line 2: 'text' and 'label' must be strings"),
        ("in.jsonl", b'"secret"', "line 1: not a JSON object"),
        ("in.jsonl", b"{secret", "line 1: not valid JSON"),
        ("in.jsonl", b"[" * 100_000 + b"]" * 100_000, "line 1: not valid JSON"),
    ],
)
def test_a_table_that_cant_be_read_is_refused_without_its_text(name, content, hint, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        list(tables.read(path))
    assert hint in str(caught.value)
    assert "secret" not in str(caught.value)


def test_only_csv_and_jsonl_are_written(tmp_path):
    with pytest.raises(ConfigurationError, match=r"\.xlsx"):
        tables.check_ending(tmp_path / "out.xlsx")


def test_a_folder_that_isnt_there_is_named(chosen, tmp_path):
    with pytest.raises(DataError, match="can't be written"):
        tables.write(tmp_path / "none" / "out.csv", chosen)
