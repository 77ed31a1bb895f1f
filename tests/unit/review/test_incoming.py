"""Reading texts and transcripts line by line."""

import json

import pytest

from nlp_service.cli import rows
from nlp_service.review import incoming


@pytest.fixture
def read(tmp_path):
    def read(*lines):
        file = tmp_path / "in.jsonl"
        file.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
        return list(incoming.read(rows.json_lines(file)))

    return read


def test_a_transcript_is_what_its_customer_said_one_turn_a_line(read):
    turns = [
        {"speaker": "customer", "text": "你好", "at": "2025-01-01"},
        {"speaker": "agent", "text": "您好，请讲"},
        {"speaker": "customer", "text": "包裹丢了"},
    ]
    (line,) = read({"id": "c1", "turns": turns, "channel": "chat"})
    assert line.item == incoming.Item(1, "c1", "你好\n包裹丢了")


def test_lines_keep_their_numbers_and_blank_ones_are_nothing(read):
    lines = read({"id": 7, "text": "第一句"}, b"", {"text": "third line"})
    assert [(line.item.line, line.item.id, line.item.text) for line in lines] == [
        (1, "7", "第一句"),
        (3, None, "third line"),
    ]


def test_sizes_add_up_to_the_file(read, tmp_path):
    lines = read({"text": "一"}, {"text": "二"})
    assert sum(line.size for line in lines) == (tmp_path / "in.jsonl").stat().st_size


def test_a_byte_order_mark_is_no_part_of_the_first_line(read):
    (line,) = read(b'\xef\xbb\xbf{"text": "ok"}')
    assert line.item is not None


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"{secret", "not valid JSON"),
        (b'{"text": "secret \xff"}', "not valid JSON in UTF-8"),
        (b'{"text": "secret \\ud800"}', "not valid JSON"),
        (b'["secret"]', "not a JSON object"),
        (b'{"id": "secret"}', "either a 'text' or 'turns'"),
        (b'{"text": "secret", "turns": []}', "either a 'text' or 'turns'"),
        (b'{"turns": [{"speaker": "secret", "text": "a"}]}', "turns/0/speaker"),
        (b'{"text": 5}', "text"),
    ],
)
def test_a_line_that_cant_be_used_says_why_without_its_text(read, content, hint):
    bad, good = read(content, {"text": "fine"})
    assert bad.item is None
    assert hint in bad.problem
    assert "secret" not in bad.problem
    assert good.item is not None


def test_a_text_that_nobody_would_read_is_refused(read):
    longest, too_long = read({"text": "长" * incoming.MAX_CHARACTERS}, {"text": "长" * (incoming.MAX_CHARACTERS + 1)})
    assert longest.item is not None
    assert "longer than" in too_long.problem


def test_a_row_that_the_table_itself_refuses_keeps_its_reason(tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("id,text\n1,secret,b\n2,fine\n", encoding="utf-8")
    bad, good = incoming.read(rows.lines(file, ("text", "id")))
    assert (bad.number, bad.item) == (2, None)
    assert bad.problem.startswith("more cells than the header has")
    assert good.item == incoming.Item(3, "2", "fine")
