"""OUT in each of its formats says the same."""

import csv
import json
from dataclasses import asdict

import pytest

from nlp_service.batch import COLUMNS, output
from nlp_service.errors import ConfigurationError, DataError

FORMULA = '=HYPERLINK("http://x.example","点我")'


@pytest.fixture
def rows(make_row):
    empty = dict.fromkeys(set(COLUMNS) - {"line", "customer_sentences", "questions"})
    return [make_row(1, id=FORMULA, channel="微信\n群"), make_row(2, **empty), make_row(5, id="20260301")]


def test_json_lines_hold_every_column_of_every_row(tmp_path, rows):
    path = tmp_path / "out.jsonl"
    output.write(path, iter(rows))
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == [asdict(row) for row in rows]
    assert tuple(json.loads(path.read_text(encoding="utf-8").splitlines()[0])) == COLUMNS


@pytest.mark.parametrize(("name", "delimiter"), [("out.csv", ","), ("out.tsv", "\t"), ("OUT.CSV", ",")])
def test_a_table_computes_nothing(tmp_path, rows, name, delimiter):
    output.write(tmp_path / name, iter(rows))
    with (tmp_path / name).open(encoding="utf-8-sig", newline="") as file:
        first, second, third = csv.DictReader(file, delimiter=delimiter)
    assert tuple(first) == COLUMNS
    assert (first["id"], third["id"]) == (f"'{FORMULA}", "'20260301")
    assert (first["channel"], first["sentiment_mean"], first["line"]) == ("微信\n群", "-0.25", "1")
    assert {name for name, cell in second.items() if cell} == {"line", "customer_sentences", "questions"}


def test_parquet_has_types_and_nulls(tmp_path, rows):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "out.parquet"
    output.write(path, iter(rows))
    table = parquet.read_table(path)
    assert table.to_pylist() == [asdict(row) for row in rows]
    types = {str(field.type) for field in table.schema}
    assert types == {"int64", "double", "string"}
    assert str(table.schema.field("probability").type) == "double"


def test_parquet_of_nothing_known_has_the_same_types(tmp_path, rows):
    parquet = pytest.importorskip("pyarrow.parquet")
    output.write(tmp_path / "some.parquet", iter(rows))
    output.write(tmp_path / "none.parquet", iter(rows[1:2]))
    assert parquet.read_schema(tmp_path / "some.parquet") == parquet.read_schema(tmp_path / "none.parquet")


def test_parquet_comes_in_groups_of_rows(tmp_path, make_row, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(output, "ROW_GROUP", 4)
    output.write(tmp_path / "out.parquet", (make_row(line) for line in range(10)))
    file = parquet.ParquetFile(tmp_path / "out.parquet")
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [4, 4, 2]
    assert file.read().column("line").to_pylist() == list(range(10))


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_what_was_there_stays_if_the_rows_end_in_an_error(tmp_path, make_row, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    path = tmp_path / name
    path.write_text("earlier", encoding="utf-8")

    def failing():
        yield make_row(1)
        raise DataError("damaged")

    with pytest.raises(DataError, match="damaged"):
        output.write(path, failing())
    assert path.read_text(encoding="utf-8") == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_where_it_cant_be_written(tmp_path, rows):
    with pytest.raises(DataError, match=r"out\.jsonl: can't be written"):
        output.write(tmp_path / "none" / "out.jsonl", iter(rows))


@pytest.mark.parametrize("name", ["out", "out.json", "out.xlsx"])
def test_other_endings_are_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match=r"\.jsonl, \.csv, \.tsv, \.parquet"):
        output.check_ending(tmp_path / name)


def test_parquet_without_pyarrow_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'nlp-service\[parquet\]'"):
        output.check_ending(tmp_path / "out.parquet")
    output.check_ending(tmp_path / "out.csv")
