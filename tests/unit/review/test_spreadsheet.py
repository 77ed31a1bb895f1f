"""CSV as spreadsheets write it: what can be told is read, and nothing is lost in silence."""

import io
from pathlib import Path

import pytest

from nlp_service.errors import DataError
from nlp_service.review.spreadsheet import Spreadsheet


def sheet(content):
    return Spreadsheet(Path("in.csv"), io.StringIO(content, newline=""))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('id,text\n1,"secret\n2,b\n3,c\n', 2),
        ('id,text\n1,a\n2,"secret', 3),
        ('id,text\n1,"secret\n2,b\n3,"c"\n4,d\n', 2),
        ('id,"text\n1,secret\n', 1),
        ('id,text\n1,"a\nb"\n2,"secret\n3,c\n', 4),
    ],
)
def test_a_quote_that_is_never_closed_is_refused_where_its_row_begins(content, line):
    with pytest.raises(DataError, match=f"^in.csv: line {line}: a quote in the row that begins here is never closed$"):
        list(sheet(content))


def test_a_cell_that_is_far_too_long_may_be_an_open_quote():
    with pytest.raises(
        DataError, match=r"^in.csv: line 2: not valid CSV: a cell of more than .* is a quote never clos"
    ):
        list(sheet('id,text\n1,"' + "long\n" * 40_000))


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ('5" screen', '5" screen'),
        ('"5"" screen"', '5" screen'),
        ('"5" screen"', '5 screen"'),
        ('"two\nlines, ""quoted"""', 'two\nlines, "quoted"'),
        ('""', ""),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_quotes_that_are_closed_or_only_inches_are_read(cell, read, end):
    assert list(sheet(f"id,text\n1,{cell}{end}")) == [["1", read]]


def test_rows_are_numbered_by_the_line_they_end_in():
    rows = sheet('text\n"a\nb"\n\nc\n')
    assert [(rows.line, cells) for cells in rows] == [(3, ["a\nb"]), (4, []), (5, ["c"])]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [("id,text\n1,a,b", "comma"), ("id;text\n1;a;b", "semicolon"), ("id\ttext\n1\ta\tb", "tab")],
)
def test_a_row_with_a_cell_too_many_is_called_shifted(content, delimiter):
    rows = sheet(content)
    (cells,) = rows
    assert str(rows.shifted(cells)) == (f"more cells than the header has: is a text with a {delimiter} not in quotes?")


def test_empty_cells_at_the_end_shift_nothing():
    rows = sheet("id,text\n1,a,, \n2\n")
    assert [rows.shifted(cells) for cells in rows] == [None, None]


@pytest.mark.parametrize("first", ["sep=;\n", "SEP=;\r\n", '"sep=;"\r\n'])
def test_excels_line_names_the_delimiter_and_is_skipped(first):
    rows = sheet(f"{first}id;text,more\n1;a\n")
    assert rows.header == ["id", "text,more"]
    assert [(rows.line, cells) for cells in rows] == [(3, ["1", "a"])]


def test_spaces_around_names_are_none_of_them():
    assert sheet("id, text ,at\n").header == ["id", "text", "at"]


def test_an_empty_file_has_neither_names_nor_rows():
    rows = sheet("")
    assert (rows.header, list(rows)) == ([], [])
