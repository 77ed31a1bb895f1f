"""The OpenAPI document: complete, tidy, and its examples work."""

import json
import re

import pytest

from nlp_service.api import limits
from nlp_service.api.examples import EXAMPLES
from nlp_service.api.problems import MEDIA_TYPE
from nlp_service.jobs import JobDesk, Runner, Shelf, Store

METHODS = {
    "/v1/analyze": "post",
    "/v1/reasons": "post",
    "/v1/sentiment": "post",
    "/v1/questions/cluster": "post",
    "/v1/questions/cluster/jobs": "post",
    "/v1/questions/cluster/jobs/{id}": "get",
    "/v1/questions/cluster/jobs/{id}/result": "get",
    "/v1/faq/suggest": "post",
    "/v1/redact": "post",
    "/v1/embeddings": "post",
    "/v1/models": "get",
    "/v1/taxonomies": "get",
    "/v1/taxonomies/{id}": "get",
    "/health/live": "get",
    "/health/ready": "get",
    "/metrics": "get",
}
UNQUEUED = {"/v1/redact"}
"""Asks no model: it is never refused because of what waits."""


@pytest.fixture
def taking_jobs(make_app, tmp_path):
    """An application that takes jobs in, and leaves them."""
    shelf = Shelf(tmp_path / "jobs")
    store = Store(shelf, ttl_s=60)
    return make_app(job_desk=JobDesk(store, Runner(shelf, store, lambda: None)))


@pytest.fixture
def document(call):
    return call("GET", "/openapi.json").json()


def test_the_routes(document):
    assert document["info"]["title"] == "nlp-service"
    assert not any("head" in operations for operations in document["paths"].values())
    assert {path: next(iter(operations)) for path, operations in document["paths"].items()} == METHODS
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)


def test_every_error_is_a_problem(document):
    for path, method in METHODS.items():
        responses = document["paths"][path][method]["responses"]
        errors = {status: response for status, response in responses.items() if status >= "4"}
        assert "500" in errors
        for status, response in errors.items():
            assert response["content"][MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert ("Retry-After" in response.get("headers", {})) == (status in {"409", "429", "503"})
        if method == "post":
            assert {"400", "408", "413", "415", "422", "504"} <= errors.keys()
            assert ({"429", "503"} <= errors.keys()) == (path not in UNQUEUED)


def test_headers_of_work_are_described(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            headers = {
                item["name"]: item["schema"] for item in operation.get("parameters", ()) if item["in"] == "header"
            }
            works = method == "post" and "jobs" not in path
            assert (headers.keys() >= {"X-Request-Timeout-Ms", "X-Priority"}) == works
            assert ("504" in operation["responses"]) >= works
            assert ("429" in operation["responses"]) >= (works and path not in UNQUEUED)
            if works:
                assert headers["X-Request-Timeout-Ms"] == {"type": "integer", "minimum": 1}
                assert headers["X-Priority"]["enum"] == ["interactive", "bulk"]


def test_every_reference_leads_somewhere(document):
    schemas = document["components"]["schemas"]
    references = json.dumps(document).split('"$ref": "#/components/schemas/')[1:]
    assert {reference.partition('"')[0] for reference in references} == schemas.keys()


def test_the_limits_are_stated(document):
    schemas = document["components"]["schemas"]
    assert schemas["AnalyzeRequest"]["properties"]["documents"]["maxItems"] == limits.MAX_DOCUMENTS
    assert schemas["TranscriptDocument"]["properties"]["turns"]["maxItems"] == limits.MAX_TURNS
    assert schemas["Turn"]["properties"]["text"]["maxLength"] == limits.MAX_TEXT_LENGTH
    assert schemas["RedactRequest"]["properties"]["texts"]["maxItems"] == limits.MAX_TEXTS
    assert schemas["RedactRequest"]["properties"]["texts"]["items"]["maxLength"] == limits.MAX_TEXT_LENGTH
    assert schemas["ReasonsRequest"]["properties"]["top_k"]["maximum"] == limits.MAX_TOP_K
    assert "16,777,216 bytes" in document["info"]["description"]
    assert "A request may take 30 s" in document["info"]["description"]
    assert schemas["ClusterRequest"]["properties"]["questions"]["maxItems"] == limits.MAX_CLUSTER_QUESTIONS
    assert schemas["ClusterJobRequest"]["properties"]["questions"]["maxItems"] == limits.MAX_JOB_QUESTIONS
    for request in ("ClusterRequest", "ClusterJobRequest"):
        sample = schemas[request]["properties"]["previous_sample"]
        assert sample["maxItems"] == limits.MAX_PREVIOUS_SAMPLE
        assert sample["items"]["maxLength"] == limits.MAX_QUESTION_LENGTH
        assert schemas[request]["properties"]["previous_gone"]["maxItems"] == limits.MAX_PREVIOUS_GONE


@pytest.mark.parametrize("model", EXAMPLES, ids=lambda model: model.__name__)
def test_examples_work(call, taking_jobs, document, model):
    reference = {"$ref": f"#/components/schemas/{model.__name__}"}
    bodies = {
        path: document["paths"][path]["post"]["requestBody"] for path, method in METHODS.items() if method == "post"
    }
    (path,) = [path for path, body in bodies.items() if body["content"]["application/json"]["schema"] == reference]
    for example in bodies[path]["content"]["application/json"]["examples"].values():
        response = call("POST", path, to=taking_jobs, json=example["value"])
        assert str(response.status_code) in document["paths"][path]["post"]["responses"]
        assert response.status_code in (200, 202)


def test_a_job_is_described_from_submission_to_removal(document):
    jobs = "/v1/questions/cluster/jobs"
    submit = document["paths"][jobs]["post"]
    (key,) = submit["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", False)
    assert submit["responses"]["202"]["headers"].keys() == {"Location", "Retry-After"}
    assert "texts" in submit["description"]
    assert "200" not in submit["responses"]
    assert document["paths"][f"{jobs}/{{id}}"].keys() == {"get", "delete"}
    assert {"404", "409", "410"} <= document["paths"][f"{jobs}/{{id}}/result"]["get"]["responses"].keys()
    removal = document["paths"][f"{jobs}/{{id}}"]["delete"]
    assert {"200", "204", "404"} <= removal["responses"].keys()
    assert "content" not in removal["responses"]["204"]
    assert "removed" in key["description"]
    shape = document["components"]["schemas"]["JobResponse"]["properties"]
    assert shape["status"]["enum"] == ["queued", "running", "succeeded", "failed", "cancelled"]


def test_the_docs_page_loads_nothing_from_elsewhere(call):
    page = call("GET", "/docs").text
    loaded = re.findall(r"""(?:src|href)="([^"]+)"|url: '([^']+)'""", page)
    addresses = [first or second for first, second in loaded]
    assert {"/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/openapi.json"} <= set(addresses)
    assert all(call("GET", address).status_code == 200 for address in addresses)
    assert call("GET", "/docs/swagger-ui.css").headers["content-type"].startswith("text/css")
    assert call("GET", "/docs/other.js").status_code == 404
