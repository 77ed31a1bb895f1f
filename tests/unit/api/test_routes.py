"""What each route hands to the analysis, and how it wraps the answer."""

import base64
import struct
from dataclasses import asdict

import httpx
import pytest

from nlp_service.contracts import FEATURES, Cluster, Document, QuestionItem, Turn
from nlp_service.errors import NotReadyError

DIGESTS = {"encoder": "sha256:e", "reasons": "sha256:r"}
CLUSTER = Cluster("q", "n", "r", 1, 1.0, "enquiry", ["k"], ["m"], 1.0, "born")


def test_analyze(call, service):
    transcript = {
        "id": "d1",
        "language": "zh-Hant",
        "channel": "phone",
        "turns": [{"speaker": "agent", "text": "您好", "at": "2025-03-01T10:30:00+08:00", "stage": "s"}],
    }
    body = {"documents": [transcript, {"text": "", "turns": None}, {"turns": []}], "features": ["faq", "reasons"]}
    response = call("POST", "/v1/analyze", json=body)
    assert response.status_code == 200
    assert service.analysis.calls == [
        (
            [
                Document((Turn("agent", "您好", "2025-03-01T10:30:00+08:00", "s"),), "d1", "zh-Hant", "phone"),
                Document((Turn("customer", ""),)),
                Document(()),
            ],
            ["faq", "reasons"],
        )
    ]
    answer = response.json()
    assert answer["model"] == DIGESTS
    assert [document["id"] for document in answer["documents"]] == ["d1", None, None]
    assert answer["documents"][0]["reasons"][0]["path"][1] == {
        "code": "logistics.delay",
        "name": "物流太慢",
        "probability": 0.91,
    }


def test_analyze_does_everything_unless_told(call, service):
    call("POST", "/v1/analyze", json={"documents": [{"text": "a"}]})
    assert service.analysis.calls[0][1] == list(FEATURES)


@pytest.mark.parametrize(
    "time", ["2025-03-01", "2025-03-01 10:30", "2025-03-01T10:30:00Z", "2025-03-01T10:30:00.123+08:00"]
)
def test_times_are_passed_on_as_sent(call, service, time):
    turn = {"speaker": "customer", "text": "a", "at": time}
    assert call("POST", "/v1/analyze", json={"documents": [{"turns": [turn]}]}).status_code == 200
    assert service.analysis.calls[0][0][0].turns[0].at == time


def test_reasons(call, service):
    response = call("POST", "/v1/reasons", json={"texts": ["", "b"], "top_k": 1.0, "taxonomy": "contact"})
    assert service.analysis.calls == [(["", "b"], 1, "contact")]
    assert response.json()["model"] == DIGESTS
    assert [len(result["alternatives"]) for result in response.json()["results"]] == [1, 1]


def test_sentiment(call):
    (result,) = call("POST", "/v1/sentiment", json={"texts": ["a"]}).json()["results"]
    assert result["overall"]["sentiment"] == "negative"
    assert result["overall"]["emotion"] == "anger"
    (sentence,) = result["sentences"]
    assert (sentence["kind"], sentence["emotion"], sentence["reason"]) == ("complaint", "anger", "logistics.delay")
    assert [(item["start"], item["end"], item["sentiment"]) for item in sentence["aspects"]] == [(0, 2, "negative")]
    assert result["skipped"] == []


def test_cluster(call, service):
    previous = {**asdict(CLUSTER), "added_by_a_later_version": 1}
    body = {"questions": [{"id": "x", "text": "a", "at": "2025-03-01"}, {"text": "b"}], "previous": [previous]}
    response = call("POST", "/v1/questions/cluster", json=body | {"previous_sample": ["c", ""]})
    assert service.analysis.calls == [
        ([QuestionItem("x", "a", "2025-03-01"), QuestionItem("1", "b")], [CLUSTER], ["c", ""])
    ]
    assert response.json()["clusters"][0]["members"] == ["x", "1"]
    assert (response.json()["outliers"], response.json()["model"]) == ([], DIGESTS)
    assert response.json()["sample"] == ["a", "b"]


def test_an_answer_can_be_sent_back_as_previous(call, service):
    first = call("POST", "/v1/questions/cluster", json={"questions": [{"text": "a"}]}).json()
    again = {"questions": [{"text": "a"}], "previous": first["clusters"]}
    assert call("POST", "/v1/questions/cluster", json=again).status_code == 200
    assert call("POST", "/v1/questions/cluster", json=again | {"previous_sample": first["sample"]}).status_code == 200
    assert [sample for _, _, sample in service.analysis.calls] == [[], [], ["a"]]


def test_suggest(call, service):
    response = call("POST", "/v1/faq/suggest", json={"questions": ["a", ""], "knowledge_base": "faq"})
    assert service.analysis.calls == [(["a", ""], 3, "faq")]
    assert [result["status"] for result in response.json()["results"]] == ["suggested", "suggested"]


def test_embeddings_have_the_shape_of_openai(call):
    response = call(
        "POST", "/v1/embeddings", json={"input": ["ab", "c"], "model": "tiny", "user": "u", "dimensions": 4}
    )
    assert response.json() == {
        "object": "list",
        "data": [{"object": "embedding", "index": index, "embedding": [0.5] * 4} for index in (0, 1)],
        "model": "tiny",
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    }
    assert response.headers["x-model-digest"] == "sha256:e"


def test_embeddings_as_base64(call):
    body = {"input": "ab", "model": "default", "encoding_format": "base64"}
    (item,) = call("POST", "/v1/embeddings", json=body).json()["data"]
    assert struct.unpack("<4f", base64.b64decode(item["embedding"])) == (0.5,) * 4


def test_a_model_of_another_task_is_no_encoder(call):
    assert call("POST", "/v1/embeddings", json={"input": "a", "model": "r"}).status_code == 404


def test_models(call):
    models = call("GET", "/v1/models").json()["models"]
    assert [model["task"] for model in models] == ["encoder", "reasons"]
    assert models[0]["precision"] == "int4"


def test_taxonomies(call):
    summary = {"id": "contact", "digest": "sha256:t", "depth": 2, "leaves": 1, "nodes": 2}
    assert call("GET", "/v1/taxonomies").json() == {"taxonomies": [summary]}


def test_one_taxonomy(call):
    answer = call("GET", "/v1/taxonomies/contact").json()
    assert (answer["id"], answer["digest"]) == ("contact", "sha256:t")
    assert answer["nodes"][1] == {
        "code": "logistics.delay",
        "parent": "logistics",
        "name": {"zh": "物流太慢", "en": "Delay"},
        "description": "",
        "aliases": ["慢"],
        "examples": [],
        "stage": None,
        "active": True,
        "small_talk": False,
    }


def test_health(call, service):
    assert call("GET", "/health/live").json() == {"status": "live"}
    assert call("GET", "/health/ready").json() == {"status": "ready"}
    service.unready = NotReadyError("the encoder failed")
    response = call("GET", "/health/ready")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert call("GET", "/health/live").status_code == 200


@pytest.mark.parametrize("path", ["/health/live", "/v1/taxonomies/contact", "/v1/taxonomies/none", "/openapi.json"])
def test_head_has_the_status_and_the_headers_of_get(call, path):
    head, get = call("HEAD", path), call("GET", path)
    assert head.content == b""
    for response in (head, get):
        del response.headers["server-timing"]
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


def test_what_doesnt_answer_get_doesnt_answer_head(call):
    response = call("HEAD", "/v1/reasons")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_a_probe_that_hangs_is_not_ready(call, make_app, service):
    service.analysis.delay_s = 5
    assert call("GET", "/health/ready", to=make_app(request_timeout_ms=20)).status_code == 503


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(("path", "status"), [("/health/live", 200), ("/health/ready", 503), ("/v1/models", 503)])
async def test_without_a_service_only_live_answers(app, path, status):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        assert (await client.get(path)).status_code == status
