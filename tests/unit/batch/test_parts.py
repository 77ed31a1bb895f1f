"""A file comes apart at the same places every time, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.batch import Part, Refused, Row, chunks
from nlp_service.errors import DataError

CONTENTS = st.one_of(st.binary(max_size=40), st.text(max_size=40))
SCORES = st.none() | st.floats(-1, 1)
NAMES = st.none() | st.text(st.characters(exclude_categories=["Cs"]))
ROWS = st.builds(
    Row,
    id=NAMES,
    line=st.integers(1),
    at=NAMES,
    channel=NAMES,
    status=st.sampled_from(["tagged", "review", "out_of_scope", None]),
    code=NAMES,
    reason=NAMES,
    probability=SCORES,
    other_codes=NAMES,
    sentiment_mean=SCORES,
    sentiment_start=SCORES,
    sentiment_valley=SCORES,
    sentiment_end=SCORES,
    customer_sentences=st.integers(0),
    questions=st.integers(0),
    skipped=NAMES,
)


@given(contents=st.lists(CONTENTS), most=st.integers(1, 5), most_bytes=st.integers(1, 60))
def test_chunks_hold_all_lines_in_order_and_no_more_than_they_may(contents, most, most_bytes):
    lines = list(enumerate(contents, start=1))
    found = list(chunks(iter(lines), most, most_bytes))
    assert [line for chunk in found for line in chunk.lines] == lines
    assert [chunk.number for chunk in found] == list(range(1, len(found) + 1))
    for chunk in found:
        assert 0 < len(chunk.lines) <= most
        assert len(chunk.lines) == 1 or sum(len(content) for _, content in chunk.lines) <= most_bytes


def test_a_chunk_ends_only_where_it_must():
    lines = [(number, b"12345") for number in range(1, 8)]
    assert [len(chunk.lines) for chunk in chunks(lines, 3, 100)] == [3, 3, 1]
    assert [len(chunk.lines) for chunk in chunks(lines, 3, 10)] == [2, 2, 2, 1]


@given(rows=st.lists(ROWS, max_size=3), problems=st.lists(st.tuples(st.integers(1), st.text("ab 一"))))
def test_a_part_comes_back_as_it_was_kept(rows, problems):
    part = Part(rows, [Refused(*problem) for problem in problems])
    assert Part.of(part.content()) == part


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"rows": [{}], "refused": []}', b"\xff"])
def test_what_is_no_part_is_refused(content):
    with pytest.raises(DataError):
        Part.of(content)


def test_the_beginning_of_a_part_is_none(part):
    content = part.content()
    for end in range(0, len(content), 7):
        with pytest.raises(DataError):
            Part.of(content[:end])
