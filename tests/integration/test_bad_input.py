"""What hostile or broken clients send: each is refused as documented, repeats nothing, and hurts nobody else."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

PROBLEM = "application/problem+json"
MARKER = "私密标记QX7"
MEGABYTE = 1_000_000
JSON = {"Content-Type": "application/json"}

BODIES = {
    "1 MB of one character": (b"a" * MEGABYTE, 400),
    "a text of 1 MB of one character": (json.dumps({"texts": ["a" * MEGABYTE]}).encode(), 422),
    "a text of 300,000 Chinese characters": (json.dumps({"texts": ["退" * 300_000]}, ensure_ascii=False).encode(), 422),
    "invalid UTF-8": (b'{"texts": ["\xff\xfe\xb0"]}', 400),
    "UTF-16": (json.dumps({"texts": [MARKER]}, ensure_ascii=False).encode("utf-16"), 400),
    "half a JSON": (f'{{"texts": ["{MARKER}'.encode(), 400),
    "nothing": (b"", 400),
    "20 MB": (b'{"texts": ["' + b"x" * 20 * MEGABYTE + b'"]}', 413),
    "NaN": (b'{"texts": ["a"], "top_k": NaN}', 400),
    "a hundred thousand brackets": (b"[" * 100_000, 400),
    "a lone surrogate": (b'{"texts": ["\\ud800"]}', 422),
    "an array": (b'["a"]', 422),
    "null": (b"null", 422),
    "a number for a text": (b'{"texts": [1]}', 422),
    "a text for a list": (json.dumps({"texts": MARKER}).encode(), 422),
    "null for a list": (b'{"texts": null}', 422),
    "no texts": (b'{"texts": []}', 422),
    "more texts than allowed": (json.dumps({"texts": ["a"] * 1025}).encode(), 422),
    "an unknown field": (json.dumps({"texts": ["a"], MARKER: 1}).encode(), 422),
    "text for a number": (json.dumps({"texts": ["a"], "top_k": "3"}).encode(), 422),
    "an unknown taxonomy": (json.dumps({"texts": ["a"], "taxonomy": MARKER}).encode(), 422),
}


@pytest.mark.parametrize("name", list(BODIES))
def test_a_bad_body_gets_its_status_and_hears_nothing_of_itself(server, name):
    body, status = BODIES[name]
    response = server.client.post("/v1/reasons", content=body, headers=JSON)
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), response.text[:500]
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:nlp-service:problem:")
    assert MARKER not in response.text
    assert len(response.text) < 5_000


@pytest.mark.parametrize("path", ["/v1/analyze", "/v1/sentiment", "/v1/questions/cluster", "/v1/faq/suggest"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"documents": 1, "texts": 1, "questions": 1}', b'{"documents": [{"turns": "x"}]}'],
)
def test_every_endpoint_refuses_bad_bodies(server, path, body):
    response = server.client.post(path, content=body, headers=JSON)
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == PROBLEM


def test_the_longest_text_allowed_is_answered(server):
    (result,) = server.answer("/v1/sentiment", texts=["啊" * 100_000])["results"]
    assert result["sentences"][-1]["end"] == 100_000


def test_good_requests_succeed_while_bad_ones_come_in(server):
    texts = ["快递一周了还没到，帮我催一下", "谢谢，问题解决了", "Where is my refund?"]
    expected = server.answer("/v1/reasons", texts=texts)
    url = server.client.base_url.join("/v1/reasons")

    def good(_):
        return httpx.post(url, json={"texts": texts}, timeout=60)

    def bad(item):
        body, status = item
        return httpx.post(url, content=body, headers=JSON, timeout=60).status_code, status

    with ThreadPoolExecutor(4) as callers, ThreadPoolExecutor(4) as vandals:
        refused = vandals.map(bad, list(BODIES.values()))
        answers = list(callers.map(good, range(24)))
        assert [status for status, expected_status in refused if status != expected_status] == []
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        assert [result["code"] for result in answer.json()["results"]] == [item["code"] for item in expected["results"]]
    assert server.client.get("/health/ready").status_code == 200


def test_clients_that_leave_leave_no_work_behind(server, metrics):
    def measured(*names):
        value = metrics(server.metrics())
        return [
            sum(value(name, **labels) for labels in ({}, {"lane": "interactive"}, {"lane": "bulk"})) for name in names
        ]

    def until(condition):
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    url = server.client.base_url
    with ExitStack() as callers:
        for caller in range(20):
            texts = [f"第{caller}单的第{number}件商品一直没有到货" for number in range(150)]
            body = json.dumps({"texts": texts}).encode()
            connection = callers.enter_context(socket.create_connection((url.host, url.port)))
            headers = f"Host: {url.host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            connection.sendall(f"POST /v1/reasons HTTP/1.1\r\n{headers}\r\n\r\n".encode() + body)
        until(lambda: measured("queue_sequences") > [500])
    until(lambda: measured("queue_sequences", "queue_tokens", "in_flight_requests") == [0, 0, 1])
    assert measured("dropped_sequences_total") > [0]
    assert len(server.answer("/v1/reasons", texts=["我要退货"])["results"]) == 1


def test_nothing_a_customer_wrote_is_logged(server):
    """Texts, ids, stages, unknown fields, paths and queries; in requests that succeed and in those that fail."""
    turn = {"speaker": "customer", "text": f"我的密码是{MARKER}，请退款。", "stage": MARKER}
    server.answer("/v1/analyze", documents=[{"id": MARKER, "channel": MARKER, "turns": [turn]}])
    server.answer("/v1/faq/suggest", questions=[MARKER])
    server.answer("/v1/questions/cluster", questions=[{"id": MARKER, "text": MARKER}])
    server.answer("/v1/embeddings", input=MARKER, model="default")
    assert server.post("/v1/analyze", documents=[{"text": MARKER, MARKER: MARKER}]).status_code == 422
    assert server.client.post("/v1/reasons", content=f"{{{MARKER}".encode(), headers=JSON).status_code == 400
    assert server.post("/v1/reasons", texts=[MARKER], taxonomy=MARKER).status_code == 422
    assert server.client.get(f"/v1/{MARKER}", params={"q": MARKER}).status_code == 404
    assert server.client.get(f"/v1/taxonomies/{MARKER}").status_code == 404
    log = server.log
    assert "POST /v1/analyze 200" in log
    assert "POST /v1/analyze 422" in log
    assert "QX7" not in log
    assert "%E7%A7%81" not in log
    assert "\\u79c1" not in log
