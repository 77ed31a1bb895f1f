"""Lines and tables; Parquet is read in test_questions.py."""

import json

import pytest

from nlp_service.cli import questions, rows, times
from nlp_service.cli.transcripts import Transcripts
from nlp_service.errors import DataError


def read(file, columns=("text", "id", "at", "channel")):
    return [(number, json.loads(line)) for number, line in rows.lines(file, columns)]


@pytest.fixture
def table(tmp_path):
    def write(*lines, name="in.csv", encoding="utf-8-sig"):
        (tmp_path / name).write_text("\n".join(lines), encoding=encoding)
        return tmp_path / name

    return write


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_columns_that_are_read_in_any_order_and_with_any_delimiter(table, delimiter):
    header, row = ["ticket", "at", "text", "id"], ["x", "2026/3/1 9:05", "退货", "'00123"]
    assert read(table(delimiter.join(header), delimiter.join(row))) == [
        (2, {"at": "2026-03-01T09:05:00", "text": "退货", "id": "00123"})
    ]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026/3/1", "2026-03-01"),
        ("2026.03.01 9:05", "2026-03-01T09:05:00"),
        ("2026年3月1日", "2026-03-01"),
        ("2026年03月01日 09:05:30", "2026-03-01T09:05:30"),
        ("2026年3月1号9点5分", "2026-03-01T09:05:00"),
        ("2026年3月1日 9時05分30秒", "2026-03-01T09:05:30"),
    ],
)
def test_times_with_the_year_first_are_read(table, written, read_as):
    assert read(table("text,at", f"退货,{written}")) == [(2, {"text": "退货", "at": read_as})]


@pytest.mark.parametrize("written", ["03/01/2026", "46082", "46082.378", "2026年13月1日", "2027/3", "4月1日"])
def test_a_row_with_another_time_is_used_without_it_and_what_is_read_is_told(table, written, capsys):
    transcripts = Transcripts(table("text,at", f"退货,{written}"))
    ((document,),) = transcripts
    assert (document.turns[0].text, document.turns[0].at) == ("退货", None)
    assert transcripts.refused == 0
    told = capsys.readouterr().err
    assert f"in.csv: 1 row used without `at`, which can't be read (the first: line 2); {times.READ}\n" in told
    assert written not in told


def test_rows_without_a_readable_time_are_told_once(table, capsys):
    dated, undated = "退货,2026/3/9 下午 3:20", "退货,昨天"
    transcripts = Transcripts(table("text,at", dated, *[undated] * 40, "退货,"))
    assert [document.turns[0].at for documents in transcripts for document in documents] == [
        "2026-03-09T15:20:00",
        *[None] * 41,
    ]
    (told,) = capsys.readouterr().err.splitlines()
    assert "40 rows" in told
    assert "line 3)" in told


def test_a_file_that_is_read_again_isnt_told_of_again(table, capsys):
    file = table("text,at", "怎么退货？,昨天", "怎么换货？,昨天")
    assert [number for some in questions.read(file, only={3}) for number, _ in some] == [3]
    assert not capsys.readouterr().err
    ((first, _),) = questions.read(file)
    assert (first[0], first[1].at) == (2, None)
    assert "2 rows used without `at`" in capsys.readouterr().err


def test_json_lines_are_written_by_programs_and_their_times_are_strict(table, capsys):
    transcripts = Transcripts(table('{"text": "退货", "at": "2026/3/9 下午 3:20"}', name="in.jsonl"))
    assert list(transcripts) == [[]]
    assert transcripts.refused == 1
    assert "in.jsonl: line 1: " in capsys.readouterr().err


@pytest.mark.parametrize("line", ['["退货"]', '"退货"', "3", "null"])
def test_a_line_of_json_that_is_no_object_is_called_so(table, line, capsys):
    assert list(Transcripts(table(line, name="in.jsonl"))) == [[]]
    assert capsys.readouterr().err.endswith("in.jsonl: line 1: not a JSON object\n")


def test_what_is_wrong_with_a_line_as_a_whole_has_no_empty_place(table, capsys):
    assert list(Transcripts(table('{"text": "退货", "turns": []}', name="in.jsonl"))) == [[]]
    refusal = capsys.readouterr().err
    assert "line 1: " in refusal
    assert ": :" not in refusal


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('{"text": "退货", "labels": 3}', "labels"),
        ('{"turns": [{"speaker": "agent", "text": "退货", "mood": "x"}]}', "turns/0/mood"),
        ('{"text": "退货", "我要退货": 3}', "…"),
        ('{"turns": [{"speaker": "agent", "text": "退货", "张三 13812345678": 1}]}', "turns/0/…"),
    ],
)
def test_an_unknown_field_is_named_unless_a_customer_may_have_written_its_name(table, capsys, line, place):
    assert list(Transcripts(table(line, name="in.jsonl"))) == [[]]
    assert capsys.readouterr().err.endswith(f"in.jsonl: line 1: {place}: unknown field\n")


def test_a_cell_of_several_lines_counts_as_the_line_it_ends_in(table):
    assert read(table("id,text", '1,"第一行', '第二行"', "2,第三行")) == [
        (3, {"id": "1", "text": "第一行\n第二行"}),
        (4, {"id": "2", "text": "第三行"}),
    ]


def test_empty_cells_are_left_out_but_for_the_text(table):
    assert read(table("id,text,channel", ",退货,", "7,,", ",,")) == [
        (2, {"text": "退货"}),
        (3, {"id": "7", "text": ""}),
    ]


def test_a_name_that_comes_twice_is_left_alone_where_it_isnt_read(table):
    assert read(table("note,text,note", "a,退货,b")) == [(2, {"text": "退货"})]


def test_lines_of_json_stay_as_they_are(table):
    content = '{"text": "退货", "more": 1}'
    file = table(content, "", content, name="in.jsonl")
    assert list(rows.lines(file, ("text",))) == [(1, content.encode() + b"\n"), (3, content.encode())]


@pytest.mark.parametrize(
    ("lines", "encoding", "hint"),
    [
        (["id,body", "1,退货"], "utf-8", "has no column 'text'"),
        (["id,text,text", "1,退货,换货"], "utf-8", "has more than one column 'text'"),
        (["id,text", "1,退货"], "gb18030", r"isn't UTF-8 \(line 2\); in Excel"),
        (["编号,内容", "1,退货"], "gb18030", r"isn't UTF-8 \(line 1\)"),
        (["id,text", "1,退货"], "utf-16", r"isn't UTF-8 \(line 1\)"),
    ],
)
def test_a_table_that_cant_be_read_is_one_line(table, lines, encoding, hint):
    with pytest.raises(DataError, match=hint):
        read(table(*lines, encoding=encoding))


def test_bytes_that_are_not_utf8_make_their_own_row_unusable_only(table, capsys):
    file = table("id,text", "1,退货", "2,换@货", "3,发票")
    file.write_bytes(file.read_bytes().replace(b"@", b"\xe9"))
    transcripts = Transcripts(file)
    (documents,) = transcripts
    assert [document.id for document in documents] == ["1", "3"]
    assert transcripts.refused == 1
    assert "line 3: not UTF-8" in capsys.readouterr().err


def test_a_cell_of_any_size_is_a_matter_of_its_row(table, capsys):
    transcripts = Transcripts(table("id,text", '1,"' + "长" * 200_000 + '"', "2,换货"))
    assert [document.id for documents in transcripts for document in documents] == ["2"]
    assert "line 2: text" in capsys.readouterr().err


def test_a_row_with_a_cell_too_many_is_named_and_the_others_are_read(table, capsys):
    transcripts = Transcripts(table("id,text,channel", "1,退货,好,chat", "2,换货,chat", "3,发票,chat,,"))
    (documents,) = transcripts
    assert [(document.id, document.channel) for document in documents] == [("2", "chat"), ("3", "chat")]
    assert transcripts.refused == 1
    assert "line 2: more cells than the header has: " in capsys.readouterr().err


def test_an_open_quote_ends_the_table_instead_of_swallowing_it(table):
    with pytest.raises(DataError, match=r"in\.csv: line 3: a quote in the row that begins here is never closed"):
        read(table("id,text", "1,退货", '2,"换货', "3,发票"))


def test_excels_line_with_the_delimiter_is_no_header(table):
    assert read(table("sep=;", "id; text", "1;退货,换货")) == [(3, {"id": "1", "text": "退货,换货"})]


def test_a_file_that_isnt_there(tmp_path):
    for name in ("none.jsonl", "none.csv"):
        with pytest.raises(DataError, match=rf"{name}: can't be read"):
            read(tmp_path / name)


def test_a_row_is_a_document_with_one_turn_of_the_customer(table):
    file = table("nr,text,at,channel,id,language", "1,退货。多久到账？,2026-03-01,e-mail,00123,zh-Hans", "2,换货,,,,")
    (documents,) = Transcripts(file)
    (turn,) = documents[0].turns
    assert (turn.speaker, turn.text, turn.at) == ("customer", "退货。多久到账？", "2026-03-01")
    assert (documents[0].id, documents[0].channel, documents[0].language) == ("00123", "e-mail", "zh-Hans")
    assert (documents[1].turns[0].text, documents[1].id, documents[1].channel) == ("换货", None, None)


def test_a_row_that_cant_be_a_document_is_named_and_the_others_are_read(table, capsys):
    transcripts = Transcripts(table("text,language", "退货,de", "换货,"))
    (documents,) = transcripts
    assert [document.turns[0].text for document in documents] == ["换货"]
    assert transcripts.refused == 1
    refusal = capsys.readouterr().err
    assert "line 2: language" in refusal
    assert "退货" not in refusal
