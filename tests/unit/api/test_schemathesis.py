"""The OpenAPI document against the application: generated requests that fit it are accepted, all others refused."""

from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import schemathesis
from hypothesis import assume, settings

from nlp_service.api.app import create_app
from nlp_service.api.calls import PRIORITY_HEADER, TIMEOUT_HEADER
from nlp_service.api.limits import MAX_KEY_LENGTH
from nlp_service.api.routes.jobs import KEY_HEADER
from nlp_service.jobs import JobDesk, Runner, Shelf, Store
from nlp_service.telemetry import Telemetry
from tests.unit.api.conftest import DIMENSION, FakeService

REFUSALS = [400, 404, 405, 413, 415, 422]

telemetry = Telemetry()
jobs_folder = TemporaryDirectory()
shelf = Shelf(Path(jobs_folder.name))
store = Store(shelf, ttl_s=60, max_waiting=10_000)


@asynccontextmanager
async def start():
    yield FakeService(telemetry)


schema = schemathesis.openapi.from_asgi(
    "/openapi.json",
    create_app(start, telemetry=telemetry, job_desk=JobDesk(store, Runner(shelf, store, lambda: None))),
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


def changed(headers):
    """Headers to be sent instead: a key that no other body came with, and time enough."""
    changes = {}
    if _is_key(headers.get(KEY_HEADER)):
        changes[KEY_HEADER] = str(uuid4())
    if headers.get(TIMEOUT_HEADER, "").isdecimal() and int(headers[TIMEOUT_HEADER]) >= 1:
        changes[TIMEOUT_HEADER] = "60000"
    return changes


def of_interest(headers):
    """Whether a schema can say of these headers that they are wrong: anyone may send others along."""
    return headers.keys() <= {KEY_HEADER, TIMEOUT_HEADER, PRIORITY_HEADER, "Content-Type"}


def _is_key(value):
    return isinstance(value, str) and 1 <= len(value) <= MAX_KEY_LENGTH


@schema.parametrize()
@settings(max_examples=25, derandomize=True, deadline=None)
def test_keeps_its_word(case):
    assume(of_interest(case.headers))
    case.body = within_reach(case.body)
    case.headers.update(changed(case.headers))
    case.call_and_validate()
