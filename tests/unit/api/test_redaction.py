"""The route that masks personal data: without a model, without the queue, beside the event loop."""

import threading

import pytest

from nlp_service.api.routes import redaction
from nlp_service.contracts import PERSONAL_DATA

PATH = "/v1/redact"
SECRET = "13812345678"
INVALID = (422, "urn:nlp-service:problem:invalid-input")


def test_texts_come_back_masked_with_spans(call, service):
    response = call("POST", PATH, json={"texts": ["😀电话13812345678", "", "订单号13812345678"]})
    assert response.status_code == 200
    assert response.json() == {
        "results": [
            {"text": "😀电话[PHONE]", "spans": [{"start": 3, "end": 14, "type": "phone"}]},
            {"text": "", "spans": []},
            {"text": "订单号[ORDER_NUMBER]", "spans": [{"start": 3, "end": 14, "type": "order_number"}]},
        ],
        "model": {"redaction": "rules-1"},
    }
    assert service.analysis.calls == []


def test_types_restrict_what_is_masked(call):
    body = {"texts": ["电话13812345678，邮箱a@example.com"], "types": ["email"]}
    (result,) = call("POST", PATH, json=body).json()["results"]
    assert result["text"] == "电话13812345678，邮箱[EMAIL]"
    assert [span["type"] for span in result["spans"]] == ["email"]


@pytest.mark.parametrize(
    ("types", "pointer"), [(["phone", "blood_type"], "/types/1"), (["phone", "phone"], "/types"), ("phone", "/types")]
)
def test_types_that_there_are_not(call, types, pointer):
    refused = call("POST", PATH, json={"texts": [SECRET], "types": types})
    assert (refused.status_code, refused.json()["type"]) == INVALID
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert SECRET not in refused.text


def test_no_types_at_all_are_refused_rather_than_texts_given_back_as_they_are(call):
    refused = call("POST", PATH, json={"texts": [SECRET], "types": []})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/types")


def test_openapi_says_what_types_there_are(call):
    types = call("GET", "/openapi.json").json()["components"]["schemas"]["RedactRequest"]["properties"]["types"]
    assert types["items"]["enum"] == list(PERSONAL_DATA)
    assert (types["minItems"], types["uniqueItems"]) == (1, True)
    assert "refused" in types["description"]


def test_its_time_is_measured_and_its_text_logged_nowhere(call, telemetry, caplog):
    caplog.set_level("DEBUG")
    response = call("POST", PATH, json={"texts": [SECRET]})
    assert "redact;dur=" in response.headers["server-timing"]
    metrics = telemetry.render().decode()
    assert 'nlp_service_requests_total{method="POST",route="/v1/redact",status="200"} 1.0' in metrics
    assert SECRET not in metrics + caplog.text


@pytest.mark.parametrize(
    ("texts", "aside"), [(["电话13812345678"], False), (["好" * 3_000], True), (["好"] * 500, True)]
)
def test_only_much_text_is_looked_through_beside_the_event_loop(call, monkeypatch, texts, aside):
    threads = set()
    redact = redaction.redact

    def observed(text, types):
        threads.add(threading.current_thread())
        return redact(text, types)

    monkeypatch.setattr(redaction, "redact", observed)
    assert len(call("POST", PATH, json={"texts": texts}).json()["results"]) == len(texts)
    assert (threading.current_thread() not in threads) == aside


def test_it_gives_up_when_its_time_is_up(call):
    texts = ["电话13812345678，" * 5_000] * 4
    late = call("POST", PATH, json={"texts": texts}, headers={"X-Request-Timeout-Ms": "50"})
    assert (late.status_code, late.json()["type"]) == (504, "urn:nlp-service:problem:deadline-exceeded")
