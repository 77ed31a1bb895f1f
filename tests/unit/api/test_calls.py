"""The headers of a call, its time, and clients that leave before their answer."""

import asyncio
import json
import time

import pytest

from nlp_service.api.calls import WATCH_AFTER_S
from nlp_service.errors import EncodingError

BODY = json.dumps({"texts": ["我要退货"]}).encode()
PATHS = {
    "/v1/analyze": {"documents": [{"text": "a"}]},
    "/v1/reasons": {"texts": ["a"]},
    "/v1/sentiment": {"texts": ["a"]},
    "/v1/questions/cluster": {"questions": [{"text": "a"}]},
    "/v1/faq/suggest": {"questions": ["a"]},
    "/v1/embeddings": {"input": "a", "model": "default"},
}
TIMEOUT = "X-Request-Timeout-Ms"
PRIORITY = "X-Priority"


@pytest.fixture
def ask(call):
    """Sends a text with headers; keywords as for `call`."""
    return lambda *headers, **keywords: call("POST", "/v1/reasons", content=BODY, headers=[JSON, *headers], **keywords)


JSON = ("content-type", "application/json")


def scope(*headers):
    return {
        "type": "http",
        "method": "POST",
        "path": "/v1/reasons",
        "headers": [(b"content-type", b"application/json"), *headers],
        "query_string": b"",
    }


async def status_of(app, receive, *headers):
    """The answer's status; fails if the application leaves a task behind."""
    sent = []

    async def send(message):
        sent.append(message)

    async with app.router.lifespan_context(app):
        await app(scope(*headers), receive, send)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return sent[0]["status"]


def sending(body, *, then=None):
    """A client that sends a body, does something, and leaves; without something to do, it stays."""
    messages = iter([{"type": "http.request", "body": body}])

    async def receive():
        message = next(messages, None)
        if message is not None:
            return message
        await (then() if then else asyncio.Event().wait())
        return {"type": "http.disconnect"}

    return receive


@pytest.mark.parametrize(("path", "body"), PATHS.items())
def test_the_work_knows_its_call(call, service, path, body):
    began = time.monotonic()
    response = call("POST", path, json=body, headers={TIMEOUT: "5000", PRIORITY: "bulk"})
    assert response.status_code == 200
    (wishes,) = service.analysis.wishes
    assert wishes.lane == "bulk"
    assert began + 5 <= wishes.deadline <= time.monotonic() + 5


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, 7), ("7000", 7), ("7001", 7), ("6999", 6.999), ("0001", 0.001), ("9" * 5_000, 7)]
)
def test_a_caller_can_only_shorten_its_time(ask, make_app, service, value, seconds):
    service.analysis.failure = EncodingError("known to have begun")
    headers = [] if value is None else [(TIMEOUT, value)]
    began = time.monotonic()
    ask(*headers, to=make_app(request_timeout_ms=7_000))
    (wishes,) = service.analysis.wishes
    assert began + seconds <= wishes.deadline <= time.monotonic() + seconds
    assert wishes.lane is None


@pytest.mark.parametrize("value", ["", "0", "000", "-1", "+1", "1.5", "1e3", "0x10", "1_000", "１００", "soon", "5 s"])
def test_a_time_that_is_none(ask, service, value):
    refused(ask((TIMEOUT, value.encode())), TIMEOUT, service)


@pytest.mark.parametrize("value", ["", "Bulk", "high", "interactive,bulk", "1"])
def test_a_priority_that_is_none(ask, service, value):
    refused(ask((PRIORITY, value)), PRIORITY, service)


@pytest.mark.parametrize(("name", "value"), [(TIMEOUT, "5000"), (PRIORITY, "bulk")])
def test_a_header_given_twice(ask, service, name, value):
    refused(ask((name, value), (name, value)), name, service)


def refused(response, header, service):
    problem = response.json()
    assert (response.status_code, problem["type"]) == (422, "urn:nlp-service:problem:invalid-input")
    assert problem["detail"].startswith(f"{header} must be ")
    assert "errors" not in problem  # they point into the body
    assert service.analysis.calls == []


def test_the_limit_that_applied_is_told(ask, make_app, service):
    service.analysis.delay_s = 5
    shorter = ask((TIMEOUT, "15"))
    assert (shorter.status_code, shorter.json()["detail"]) == (504, "no answer within 0.015 s")
    capped = ask((TIMEOUT, "15"), to=make_app(request_timeout_ms=10))
    assert (capped.status_code, capped.json()["detail"]) == (504, "no answer within 0.01 s")
    assert service.analysis.cancelled == 2


def test_the_time_for_a_slow_body_is_that_of_the_work_too(run, app, service):
    service.analysis.delay_s = 5

    async def slowly():
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": BODY}

    began = time.monotonic()
    assert run(status_of(app, slowly, (b"x-request-timeout-ms", b"100"))) == 504
    assert service.analysis.wishes[0].deadline < began + 0.14


def test_a_body_that_takes_all_the_time_is_slow(run, app):
    assert run(status_of(app, asyncio.Event().wait, (b"x-request-timeout-ms", b"10"))) == 408


@pytest.mark.parametrize("seconds", [0, 0.03])
def test_work_ends_when_its_client_leaves(run, app, service, metric, seconds):
    service.analysis.delay_s = 5
    assert run(status_of(app, sending(BODY, then=lambda: asyncio.sleep(seconds))), seconds=2) == 499
    assert service.analysis.cancelled == 1
    assert metric("requests_total", route="/v1/reasons", method="POST", status="499") == 1


@pytest.mark.parametrize("failure", [None, EncodingError("the batch failed"), TimeoutError("redis")])
def test_a_client_that_is_watched_and_stays_gets_its_answer(run, app, service, failure):
    service.analysis.delay_s = 0.03
    service.analysis.failure = failure
    assert run(status_of(app, sending(BODY))) == (500 if failure else 200)


def test_a_client_that_leaves_as_its_time_is_up(run, app, service):
    """Either is a right answer; nothing else is, and no task stays behind."""
    service.analysis.delay_s = 5
    for milliseconds in (29, 30, 31):
        leaving = sending(BODY, then=lambda: asyncio.sleep(0.02))
        status = run(status_of(app, leaving, (b"x-request-timeout-ms", str(milliseconds).encode())))
        assert status in (499, 504)


@pytest.mark.parametrize("failure", [None, EncodingError("no")])
def test_a_call_whose_client_was_watched_leaves_nothing_to_collect(call, service, collected, failure):
    service.analysis.delay_s = 5 * WATCH_AFTER_S
    service.analysis.failure = failure
    assert collected(lambda: call("POST", "/v1/reasons", content=BODY, headers=[JSON])) == set()
