"""Large requests and answers: the same as small ones, but others aren't kept waiting."""

import asyncio
import json
import sys
import threading
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlp_service.api import bodies
from nlp_service.api.pacing import SLICE_S, in_slices
from nlp_service.api.problems import MalformedBodyError
from nlp_service.api.requests import ClusterJobRequest

JSON = {"content-type": "application/json"}
JOBS_PATH = "/v1/questions/cluster/jobs"
PADDING = " " * bodies.LARGE_BODY
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
)


@pytest.fixture
def parsing_threads(monkeypatch):
    """The threads that bodies were parsed in, with the event loop's first."""
    threads = [threading.current_thread()]
    parse = bodies.parse

    def observed(body):
        threads.append(threading.current_thread())
        return parse(body)

    monkeypatch.setattr(bodies, "parse", observed)
    return threads


def test_only_a_large_body_is_parsed_beside_the_event_loop(call, parsing_threads):
    for padding in ("", PADDING):
        assert call("POST", "/v1/reasons", content='{"texts": ["a"]}' + padding, headers=JSON).status_code == 200
    loop, small, large = parsing_threads
    assert small is loop
    assert large is not loop


@pytest.mark.parametrize(("body", "status"), [('{"texts": [1]}', 422), ('{"texts": [NaN]}', 400), ("{", 400)])
def test_a_large_bad_body_is_refused_as_a_small_one(call, body, status):
    small = call("POST", "/v1/reasons", content=body, headers=JSON)
    large = call("POST", "/v1/reasons", content=PADDING + body, headers=JSON)
    assert small.status_code == large.status_code == status
    assert small.json().get("errors") == large.json().get("errors")


@pytest.fixture
def eager_threads():
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(usual)


def test_other_threads_get_on_while_a_list_is_parsed(eager_threads):
    body = b'{"texts": [%b]}' % b",".join([b"1"] * 2_000_000)
    turns = 0
    parsing = threading.Thread(target=bodies.parse, args=[body])
    parsing.start()
    while parsing.is_alive():
        time.sleep(1e-4)
        turns += 1
    assert turns > 10


@given(VALUES, st.sampled_from([None, 1, " "]), st.data())
@example({"texts": [1]}, None, None)
def test_json_is_read_as_by_the_standard_library(value, indent, data):
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if data is not None:  # and what is spoilt is refused at the same place
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.sampled_from(["", ",", "]", "}", "[", '"', " ", "x", "1"])) + text[at + 1 :]
    try:
        expected = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"^not JSON at line {error.lineno}, column {error.colno}$"
        with pytest.raises(MalformedBodyError, match=place):
            bodies.parse(text.encode())
    else:
        assert bodies.parse(text.encode()) == expected


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/reasons", '{"texts": ["a"]}'), (JOBS_PATH, '{"questions": [{"text": "a"}]}')]
)
def test_the_deadline_doesnt_wait_for_a_thread_that_parses(call, make_app, monkeypatch, path, body):
    checked = bodies._checked

    def slow(*arguments):
        time.sleep(3)
        return checked(*arguments)

    monkeypatch.setattr(bodies, "_checked", slow)
    response = call("POST", path, content=body + PADDING, headers=JSON, to=make_app(request_timeout_ms=50))
    assert response.status_code == 504
    assert float(response.headers["server-timing"].partition("total;dur=")[2].partition(",")[0]) < 2_000


@pytest.mark.parametrize("count", [1, 999, 2_500])
def test_a_large_request_becomes_work_and_nothing_of_it_is_left_to_be_freed_at_once(count):
    request = ClusterJobRequest.model_validate({"questions": [{"text": str(row)} for row in range(count)]})
    assert [question.text for question in request.work().questions] == [str(row) for row in range(count)]
    assert request.questions == []


def test_the_time_to_parse_a_large_body_is_measured(call):
    timing = call("POST", "/v1/reasons", content='{"texts": ["a"]}' + PADDING, headers=JSON).headers["server-timing"]
    assert "parse;dur=" in timing


@pytest.mark.parametrize("number", [1, 8, 9, 1_000])
def test_many_results_are_written_as_few(call, number):
    one = call("POST", "/v1/sentiment", json={"texts": ["a"]}).json()
    many = call("POST", "/v1/sentiment", json={"texts": ["a"] * number})
    assert many.json() == {**one, "results": one["results"] * number}
    assert many.headers["server-timing"].count("serialise") == 1


def test_many_vectors_are_written_as_few(call):
    one = call("POST", "/v1/embeddings", json={"input": "a", "model": "default"}).json()
    many = call("POST", "/v1/embeddings", json={"input": ["a"] * 20, "model": "default"}).json()
    assert many["data"] == [{**one["data"][0], "index": index} for index in range(20)]
    assert many["usage"] == {"prompt_tokens": 20, "total_tokens": 20}


def test_others_get_on_between_slices(run):
    turns = []

    async def other():
        while True:
            turns.append(len(made))
            await asyncio.sleep(0)

    made = []

    def items():
        for number in range(20):
            began = asyncio.get_running_loop().time()
            while asyncio.get_running_loop().time() - began < SLICE_S:
                pass
            made.append(number)
            yield number

    async def scenario():
        task = asyncio.create_task(other())
        result = await in_slices(items())
        task.cancel()
        return result

    assert run(scenario()) == list(range(20))
    assert turns == list(range(1, 21))
