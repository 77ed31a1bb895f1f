"""The Grafana dashboard asks for metrics that there are."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nlp_service.telemetry import Telemetry

DASHBOARD = Path(__file__).parents[2] / "docker" / "grafana" / "nlp-service.json"
METRIC = re.compile(r"\b((?:nlp_service|process)_[a-z_]+)\b")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


@pytest.fixture(scope="module")
def dashboard():
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def exported():
    text = Telemetry().render().decode()
    families = [family for family in text_string_to_metric_families(text) if not family.name.endswith("_created")]
    return {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}


def asked(dashboard):
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield from METRIC.findall(target["expr"])


def test_it_asks_only_for_what_the_service_exports(dashboard, exported):
    variables = [query for v in dashboard["templating"]["list"] for query in METRIC.findall(v.get("definition", ""))]
    assert set(asked(dashboard)) | set(variables) <= exported


def test_it_shows_every_metric_of_the_service(dashboard, exported):
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in asked(dashboard)}
    own = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in exported if name.startswith("nlp_service_")}
    assert own <= families


def test_panels_dont_lie_on_each_other(dashboard):
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in dashboard["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_all_of_a_variable_is_no_more_than_what_there_is(dashboard):
    """With `.*`, panels of process_* would show whatever else Prometheus watches."""
    variables = dashboard["templating"]["list"]
    assert any(variable["includeAll"] for variable in variables)
    assert not [variable["name"] for variable in variables if "allValue" in variable]
