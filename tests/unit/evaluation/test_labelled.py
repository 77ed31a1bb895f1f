"""Labelled text in its three formats, and what is said of a file that can't be used."""

import pytest

from evaluation.labelled import Labelled, read_labelled, read_rows, read_texts
from nlp_service.errors import DataError

SECRET = "客戶的秘密"


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"text": "退款", "label": "refund", "more": 1}\n\n{"text": "天气", "label": null}\n'),
        ("a.jsonl", '\ufeff{"text": "退款", "label": "refund"}\n{"text": "天气", "label": ""}'),
        ("a.csv", "text,label\n退款,refund\n天气,\n"),
        ("a.csv", "\ufefftext;label\r\n退款;refund\r\n天气;\r\n;\r\n\r\n"),
        ("a.csv", "label\ttext\nrefund\t退款\n\t天气\n"),
        ("a.tsv", "text\tlabel\n退款\trefund\n天气\t\n"),
        ("a.csv", "text,label\n退款, refund\u3000\n天气, \n"),
        ("a.jsonl", '{"text": "退款", "label": "refund\\t"}\n{"text": "天气", "label": " "}'),
    ],
)
def test_formats_are_read_alike(tmp_path, name, content):
    assert read_labelled(write(tmp_path, name, content)) == [Labelled("退款", "refund"), Labelled("天气", None)]


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path):
    assert read_texts(write(tmp_path, "a.jsonl", '{"text": "上\u2028下"}')) == ["上\u2028下"]


def test_rows_are_counted_as_editors_and_spreadsheets_show_them(tmp_path):
    """In JSON Lines blank lines count; in CSV the header is row 1, and a cell of two lines is still one row."""
    lines = write(tmp_path, "a.jsonl", '\n{"text": "退款", "label": null}\n\n{"text": "天气", "label": null}\n')
    table = write(tmp_path, "a.csv", 'text,label\n"一\n二",refund\n,\n天气,\n')
    assert [row.row for row in read_labelled(lines)] == [2, 4]
    assert [row.row for row in read_labelled(table)] == [2, 4]
    assert [where for where, _ in read_rows(lines)] == [f"{lines}: line 2", f"{lines}: line 4"]
    assert [where for where, _ in read_rows(table)] == [f"{table}: row 2", f"{table}: row 4"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no rows"),
        (f'{{"text": "{SECRET}"', "line 1: not valid JSON"),
        (f'{{"text": "{SECRET}"}}', "line 1: needs a 'label'"),
        (f'{{"label": "{SECRET}"}}', "line 1: needs a 'text'"),
        (f'{{"text": "{SECRET}", "label": 3}}', "line 1: 'label' must be"),
        (f'"{SECRET}"', "line 1: needs a 'text'"),
        (b'{"text": "\xff"}', "isn't UTF-8"),
    ],
)
def test_what_is_wrong_is_said_without_the_text(tmp_path, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read_labelled(write(tmp_path, "a.jsonl", content))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f'text,label\n"一\n二",refund\n{SECRET},{SECRET},refund\n', "row 3: cells in this row: 3, in the header: 2"),
        (f"text,label\n退款,refund\n{SECRET}\n", "row 3: cells in this row: 1, in the header: 2"),
        (f"text\n退款\n{SECRET},{SECRET}\n", "row 3: cells in this row: 2, in the header: 1"),
        (f"text,label\n{SECRET * 30_000},refund\n", "line 2: not valid CSV"),
    ],
)
def test_a_table_whose_cells_are_not_its_columns_is_refused(tmp_path, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read_labelled(write(tmp_path, "a.csv", content))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("name", ["a.xlsx", "a.XLS", "a.ods", "a.docx", "a.zip"])
def test_what_isnt_text_is_refused_by_its_ending(tmp_path, name):
    with pytest.raises(DataError, match=r"labelled text is read as \.jsonl, \.csv, \.tsv or \.parquet"):
        read_labelled(write(tmp_path, name, b"PK"))


def test_a_table_in_another_encoding_is_told_with_the_remedy_and_the_byte(tmp_path):
    header, row = b"text,label\n", b"fine,refund\n" * 2000
    with pytest.raises(DataError) as caught:
        read_labelled(write(tmp_path, "a.csv", header + row + "退款,refund\n".encode("gbk")))
    at = len(header + row)
    assert str(caught.value) == f"{tmp_path / 'a.csv'}: isn't UTF-8 (byte {at}); in Excel, save as 'CSV UTF-8'"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.jsonl: can't be read"):
        read_labelled(tmp_path / "nothing.jsonl")


def test_parquet_is_read_and_a_damaged_file_told_in_one_line(tmp_path):
    parquet, arrow = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    parquet.write_table(arrow.table({"text": ["退款", "天气"], "label": ["refund", None]}), tmp_path / "a.parquet")
    assert read_labelled(tmp_path / "a.parquet") == [Labelled("退款", "refund"), Labelled("天气", None)]
    whole = (tmp_path / "a.parquet").read_bytes()
    for damaged in (b"", b"PAR1", SECRET.encode(), whole[: len(whole) // 2], whole[:8] + bytes(40) + whole[48:]):
        path = write(tmp_path, "b.parquet", damaged)
        with pytest.raises(DataError, match=r"isn't Parquet that can be read|can't be read: damaged") as caught:
            read_labelled(path)
        assert SECRET not in str(caught.value)
