"""Questions from Parquet; tests/integration/test_cluster_command.py reads JSON Lines and CSV."""

import json
import sys
from dataclasses import asdict, replace
from datetime import UTC, date, datetime

import pytest

from nlp_service.cli.questions import read, read_previous
from nlp_service.contracts import Cluster, QuestionItem
from nlp_service.errors import DataError


def test_what_was_quiet_is_read_with_the_clusters(tmp_path):
    row = {"id": "q-1", "name": "退货", "event": "quiet", "wordings": ["怎么退货"], "quiet_runs": 1}
    gone = [row, {**row, "id": "q-2", "event": "merged"}, {**row, "id": "q-3", "wordings": []}]
    (tmp_path / "clusters.json").write_text(json.dumps({"clusters": [], "gone": gone}), encoding="utf-8")
    (quiet,) = read_previous(tmp_path).clusters
    assert (quiet.id, quiet.name, quiet.wordings, quiet.quiet_runs, quiet.size) == ("q-1", "退货", ["怎么退货"], 1, 0)


def rows(file):
    return [row for some in read(file) for row in some]


@pytest.fixture
def written(tmp_path):
    """Writes columns as Parquet: the file. Without pyarrow the test is skipped."""
    parquet = pytest.importorskip("pyarrow.parquet")
    from pyarrow import table

    def write(columns, name="in.parquet", **options):
        parquet.write_table(table(columns), tmp_path / name, **options)
        return tmp_path / name

    return write


def test_columns_are_read_and_others_left_alone(written):
    file = written(
        {"at": ["2026-03-01T09:05:00", None, ""], "more": [[1], [2], [3]], "text": ["退货", "换货", "改地址"]}
    )

    assert rows(file) == [
        (1, QuestionItem("1", "退货", "2026-03-01T09:05:00")),
        (2, QuestionItem("2", "换货", None)),
        (3, QuestionItem("3", "改地址", None)),
    ]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 1, 9, 5), "2026-03-01T09:05:00"),
        (datetime(2026, 3, 1, 9, 5, tzinfo=UTC), "2026-03-01T09:05:00+00:00"),
        (date(2026, 3, 1), "2026-03-01"),
        ("2026/3/1 9:05", "2026-03-01T09:05:00"),
    ],
)
def test_times_and_numbers_are_written_out(written, at, expected):
    assert rows(written({"id": [7], "text": [404], "at": [at]})) == [(1, QuestionItem("7", "404", expected))]


def test_empty_rows_are_left_out_and_rows_come_from_every_group(written):
    texts = [None if number % 3 else f"问题{number}" for number in range(2_500)]

    found = rows(written({"text": texts}, "IN.PARQUET", row_group_size=700))

    assert [number for number, _ in found] == list(range(1, 2_501, 3))
    assert [question.text for _, question in found] == [text for text in texts if text]


def test_whole_numbers_with_holes_and_what_is_no_number_or_time(written):
    nan, (seven, half) = float("nan"), (7.0, 2.5)
    file = written(
        {"id": [seven, nan, half], "text": ["退货", "换货", "发票"], "at": [None, None, datetime(2026, 3, 1)]}
    )

    assert [question.id for _, question in rows(file)] == ["7", "2", "2.5"]
    assert [question.at for _, question in rows(file)] == [None, None, "2026-03-01T00:00:00"]


def test_bytes_are_read_as_utf8_and_others_make_their_own_row_unusable_only(written, capsys):
    file = written({"text": ["退货".encode(), b"\xff", "发票".encode()]})

    assert [(number, question.text) for number, question in rows(file)] == [(1, "退货"), (3, "发票")]
    assert f"{file}: line 2: not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(("zone", "expected"), [(None, ""), ("Asia/Shanghai", "+08:00")])
def test_times_in_nanoseconds_are_read_to_the_microsecond(written, zone, expected):
    pyarrow = pytest.importorskip("pyarrow")
    at = pyarrow.array([1_772_355_900_123_456_789], pyarrow.timestamp("ns", zone))
    ((_, question),) = rows(written({"text": ["退货"], "at": at}))

    hour = 17 if zone else 9
    assert question.at == f"2026-03-01T{hour:02d}:05:00.123456{expected}"


@pytest.mark.parametrize("cells", [[["退货"]], [{"a": "退货"}]])
def test_a_column_of_several_values_a_cell_is_refused_by_its_name(written, cells):
    with pytest.raises(DataError, match=r"in\.parquet: column 'id' holds lists or records, not single values$"):
        read(written({"text": ["退货"], "id": cells}))


def test_a_column_that_comes_twice_is_refused_by_its_name(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = [pyarrow.array([cell]) for cell in ("退货", "1", "2")]
    parquet.write_table(pyarrow.table(columns, names=["text", "id", "id"]), tmp_path / "in.parquet")
    with pytest.raises(DataError, match=r"in\.parquet: has more than one column 'id'$"):
        read(tmp_path / "in.parquet")


def test_a_row_whose_time_cant_be_read_is_used_without_it_and_counted(written, capsys):
    file = written({"text": ["退货", "换货"], "at": ["gestern", "2026/3/1"]})

    assert [(number, question.at) for number, question in rows(file)] == [(1, None), (2, "2026-03-01")]
    assert f"{file}: 1 row used without `at`, which can't be read (the first: line 1)" in capsys.readouterr().err


def test_a_table_without_texts_is_refused(written):
    with pytest.raises(DataError, match=r"in\.parquet: has no column 'text'"):
        read(written({"question": ["退货"]}))


@pytest.mark.parametrize(("content", "problem"), [(None, "can't be read"), (b"PAR1, or not", "isn't Parquet")])
def test_a_file_that_isnt_parquet_is_refused(tmp_path, content, problem):
    pytest.importorskip("pyarrow")
    file = tmp_path / "in.parquet"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError, match=rf"in\.parquet: {problem}"):
        read(file)


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "in.parquet").write_bytes(b"PAR1")
    with pytest.raises(
        DataError, match=r"^\S+in\.parquet: reading Parquet needs pyarrow: pip install 'nlp-service\[parquet\]'$"
    ):
        read(tmp_path / "in.parquet")


@pytest.mark.parametrize("size", [0, 10_000_000])
def test_earlier_clusters_are_read_as_they_were_written(tmp_path, size):
    cluster = Cluster("q-1", "怎么退货", "怎么退货", size, 0.5, "enquiry", [], [], 0.9, "born", reach=size)
    (tmp_path / "clusters.json").write_text(json.dumps({"clusters": [asdict(cluster)]}), encoding="utf-8")

    assert read_previous(tmp_path).clusters == [cluster]


@pytest.mark.parametrize("field", ["size", "reach"])
@pytest.mark.parametrize("number", [10_000_001, 1e30])
def test_an_earlier_cluster_of_impossible_numbers_is_refused(tmp_path, field, number):
    cluster = Cluster("q-1", "怎么退货", "怎么退货", 5, 0.5, "enquiry", [], [], 0.9, "born", reach=5)
    file = tmp_path / "clusters.json"
    file.write_text(json.dumps({"clusters": [asdict(replace(cluster, **{field: number}))]}), encoding="utf-8")

    with pytest.raises(DataError, match=f"clusters/0/{field}: Input should be less than or equal to 10000000"):
        read_previous(file)
