"""What is measured and logged about requests: never a path, a text or an id as sent."""

import logging
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

TEXTS = {"texts": ["秘密SECRET4711"]}


def samples(telemetry, name):
    families = text_string_to_metric_families(telemetry.render().decode())
    return [(s.labels, s.value) for family in families for s in family.samples if s.name == name]


def test_the_header_lists_the_stages(call):
    timing = call("POST", "/v1/reasons", json=TEXTS).headers["server-timing"]
    parts = re.findall(r"(\w+);dur=(\d+\.\d)", timing)
    assert [name for name, _ in parts] == ["total", "parse", "encode", "serialise"]
    assert float(parts[0][1]) >= sum(float(milliseconds) for _, milliseconds in parts[1:]) - 0.2


def test_stages_of_one_request_are_not_those_of_another(exchange_many, service):
    service.analysis.delay_s = 0.01
    slow, fast = exchange_many(("POST", "/v1/reasons", {"json": TEXTS}), ("POST", "/v1/reasons", {"json": {}}))
    assert "encode" in slow.headers["server-timing"]
    assert "encode" not in fast.headers["server-timing"]


def test_requests_are_counted_by_template(call, telemetry):
    call("POST", "/v1/reasons", json=TEXTS)
    call("POST", "/v1/reasons", json={})
    call("GET", "/v1/taxonomies/SECRET4711")
    call("GET", "/SECRET4711")
    call("SECRET4711", "/v1/reasons")
    counts = samples(telemetry, "nlp_service_requests_total")
    assert {(labels["method"], labels["route"], labels["status"]): count for labels, count in counts} == {
        ("POST", "/v1/reasons", "200"): 1,
        ("POST", "/v1/reasons", "422"): 1,
        ("GET", "/v1/taxonomies/{id}", "404"): 1,
        ("GET", "unmatched", "404"): 1,
        ("other", "/v1/reasons", "405"): 1,
    }
    assert b"SECRET" not in telemetry.render()


def test_nothing_stays_in_flight(call, service, telemetry):
    service.analysis.failure = RuntimeError()
    call("POST", "/v1/reasons", json=TEXTS)
    assert samples(telemetry, "nlp_service_in_flight_requests") == [({}, 0)]


def test_metrics_show_the_request_that_asks(call):
    response = call("GET", "/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "nlp_service_in_flight_requests 1.0" in response.text


@pytest.mark.parametrize(("path", "line"), [("/v1/models", "GET /v1/models 200"), ("/SECRET", "GET unmatched 404")])
def test_one_log_line_a_request(call, caplog, path, line):
    caplog.set_level(logging.INFO)
    call("GET", path)
    (message,) = [record.getMessage() for record in caplog.records if record.name == "nlp_service.access"]
    assert re.fullmatch(re.escape(line) + r" \d+\.\d ms", message)
