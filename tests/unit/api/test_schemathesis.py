"""The OpenAPI document against the application: generated requests that fit it are accepted, all others refused."""

from contextlib import asynccontextmanager

import schemathesis
from hypothesis import settings

from nlp_service.api.app import create_app
from nlp_service.telemetry import Telemetry
from tests.unit.api.conftest import DIMENSION, FakeService

REFUSALS = [400, 404, 405, 413, 415, 422]

telemetry = Telemetry()


@asynccontextmanager
async def start():
    yield FakeService(telemetry)


schema = schemathesis.openapi.from_asgi(
    "/openapi.json",
    create_app(start, telemetry=telemetry),
    config=schemathesis.Config.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": [str(status) for status in REFUSALS]}}}
    ),
)


def within_reach(body):
    """The body, made to keep the rules that a schema can't state: what is loaded, unique ids."""
    if not isinstance(body, dict):
        return body
    known = {"taxonomy": "contact", "knowledge_base": "faq", "dimensions": DIMENSION}
    changed = {name: known[name] if _is_valid(body[name]) else body[name] for name in known.keys() & body.keys()}
    questions = body.get("questions")
    if isinstance(questions, list):
        changed["questions"] = [_numbered(question, index) for index, question in enumerate(questions)]
    return {**body, **changed}


def _is_valid(value):
    return (type(value) is int and value >= 1) or (isinstance(value, str) and len(value) <= 200)


def _numbered(question, index):
    if isinstance(question, dict) and _is_valid(question.get("id")):
        return {**question, "id": f"q{index}"}
    return question


@schema.parametrize()
@settings(max_examples=25, derandomize=True, deadline=None)
def test_keeps_its_word(case):
    case.body = within_reach(case.body)
    case.call_and_validate()
