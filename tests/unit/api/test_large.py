"""Large requests and answers: the same as small ones, but others aren't kept waiting."""

import asyncio
import threading

import pytest

from nlp_service.api import bodies
from nlp_service.api.pacing import SLICE_S, in_slices

JSON = {"content-type": "application/json"}
PADDING = " " * bodies.LARGE_BODY


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
