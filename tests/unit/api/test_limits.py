"""Every limit of `limits`: as much as it allows is accepted, one more is refused at the place that is too large."""

import json

import pytest

from nlp_service.api import limits
from nlp_service.api.routes.jobs import KEY_HEADER
from nlp_service.errors import StorageError
from nlp_service.tasks.questions.identity.sampling import MOST_SAMPLED
from nlp_service.tasks.questions.naming.representatives import LONGEST_WORDING

TURN = {"speaker": "customer", "text": "a"}
QUESTION = {"text": "a"}
CLUSTER = {
    "id": "q",
    "name": "n",
    "representative": "r",
    "size": 1,
    "share": 1.0,
    "kind": "enquiry",
    "keywords": [],
    "members": [],
    "stability": 1.0,
    "event": "born",
}
ANALYZE, REASONS, SENTIMENT = "/v1/analyze", "/v1/reasons", "/v1/sentiment"
REDACT = "/v1/redact"
CLUSTERING, JOBS = "/v1/questions/cluster", "/v1/questions/cluster/jobs"
SUGGEST, EMBEDDINGS = "/v1/faq/suggest", "/v1/embeddings"


def text(number):
    """So many code points; each of them is two units of UTF-16 and four bytes of UTF-8."""
    return "😀" * number


def document(**fields):
    return {"documents": [{"text": "a", **fields}]}


def turn(**fields):
    return {"documents": [{"turns": [{**TURN, **fields}]}]}


def clusters(**fields):
    return {"questions": [QUESTION], "previous": [{**CLUSTER, **fields}]}


LIMITS = {
    # path, limit, body of a size, pointer
    "documents": (ANALYZE, limits.MAX_DOCUMENTS, lambda n: {"documents": [{"text": "a"}] * n}, "/documents"),
    "turns": (ANALYZE, limits.MAX_TURNS, lambda n: {"documents": [{"turns": [TURN] * n}]}, "/documents/0/turns"),
    "a document's text": (ANALYZE, limits.MAX_TEXT_LENGTH, lambda n: document(text=text(n)), "/documents/0/text"),
    "a document's id": (ANALYZE, limits.MAX_LABEL_LENGTH, lambda n: document(id=text(n)), "/documents/0/id"),
    "a channel": (ANALYZE, limits.MAX_LABEL_LENGTH, lambda n: document(channel=text(n)), "/documents/0/channel"),
    "a turn's text": (ANALYZE, limits.MAX_TEXT_LENGTH, lambda n: turn(text=text(n)), "/documents/0/turns/0/text"),
    "a stage": (ANALYZE, limits.MAX_LABEL_LENGTH, lambda n: turn(stage=text(n)), "/documents/0/turns/0/stage"),
    "a time": (
        ANALYZE,
        limits.MAX_TIME_LENGTH,
        lambda n: turn(at="2025-03-01T10:30:00.".ljust(n, "0")),
        "/documents/0/turns/0/at",
    ),
    "texts": (REASONS, limits.MAX_TEXTS, lambda n: {"texts": ["a"] * n}, "/texts"),
    "a text": (SENTIMENT, limits.MAX_TEXT_LENGTH, lambda n: {"texts": ["a", text(n)]}, "/texts/1"),
    "texts to redact": (REDACT, limits.MAX_TEXTS, lambda n: {"texts": ["a"] * n}, "/texts"),
    "a text to redact": (REDACT, limits.MAX_TEXT_LENGTH, lambda n: {"texts": ["a", text(n)]}, "/texts/1"),
    "top_k": (REASONS, limits.MAX_TOP_K, lambda n: {"texts": ["a"], "top_k": n}, "/top_k"),
    "questions": (CLUSTERING, limits.MAX_CLUSTER_QUESTIONS, lambda n: {"questions": [QUESTION] * n}, "/questions"),
    "a question": (
        CLUSTERING,
        limits.MAX_QUESTION_LENGTH,
        lambda n: {"questions": [{"text": text(n)}]},
        "/questions/0/text",
    ),
    "a question's id": (
        CLUSTERING,
        limits.MAX_LABEL_LENGTH,
        lambda n: {"questions": [{**QUESTION, "id": text(n)}]},
        "/questions/0/id",
    ),
    "earlier clusters": (
        CLUSTERING,
        limits.MAX_PREVIOUS_CLUSTERS,
        lambda n: {"questions": [QUESTION], "previous": [CLUSTER] * n},
        "/previous",
    ),
    "a representative": (
        CLUSTERING,
        limits.MAX_QUESTION_LENGTH,
        lambda n: clusters(representative=text(n)),
        "/previous/0/representative",
    ),
    "an earlier cluster's size": (CLUSTERING, 10_000_000, lambda n: clusters(size=n), "/previous/0/size"),
    "an earlier cluster's reach": (CLUSTERING, 10_000_000, lambda n: clusters(reach=n), "/previous/0/reach"),
    "wordings": (CLUSTERING, limits.MAX_WORDINGS, lambda n: clusters(wordings=["a"] * n), "/previous/0/wordings"),
    "an earlier sample": (
        CLUSTERING,
        limits.MAX_PREVIOUS_SAMPLE,
        lambda n: {"questions": [QUESTION], "previous_sample": ["a"] * n},
        "/previous_sample",
    ),
    "a sampled question": (
        CLUSTERING,
        limits.MAX_QUESTION_LENGTH,
        lambda n: {"questions": [QUESTION], "previous_sample": ["a", text(n)]},
        "/previous_sample/1",
    ),
    "fields of an object": (
        CLUSTERING,
        limits.MAX_FIELDS,
        lambda n: clusters(**{f"x{number}": 1 for number in range(n - len(CLUSTER))}),
        "/previous/0",
    ),
    "faq questions": (SUGGEST, limits.MAX_FAQ_QUESTIONS, lambda n: {"questions": ["a"] * n}, "/questions"),
    "an faq question": (SUGGEST, limits.MAX_QUESTION_LENGTH, lambda n: {"questions": [text(n)]}, "/questions/0"),
    "inputs": (EMBEDDINGS, limits.MAX_EMBEDDING_INPUTS, lambda n: {"input": ["a"] * n, "model": "default"}, "/input"),
    "an input": (EMBEDDINGS, limits.MAX_EMBEDDING_LENGTH, lambda n: {"input": text(n), "model": "default"}, "/input"),
    "a user": (
        EMBEDDINGS,
        limits.MAX_LABEL_LENGTH,
        lambda n: {"input": "a", "model": "default", "user": text(n)},
        "/user",
    ),
}


class FullDesk:
    """Has no room for a job that was accepted."""

    async def add(self, _make, _key):
        raise StorageError("full")


@pytest.mark.parametrize(("path", "limit", "body", "pointer"), LIMITS.values(), ids=LIMITS)
def test_a_limit_is_where_it_is_said_to_be(call, path, limit, body, pointer):
    assert call("POST", path, json=body(limit)).status_code == 200
    refused = call("POST", path, json=body(limit + 1))
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:nlp-service:problem:invalid-input")
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_the_sample_of_any_answer_can_be_sent_back():
    assert MOST_SAMPLED == limits.MAX_PREVIOUS_SAMPLE
    assert LONGEST_WORDING == limits.MAX_QUESTION_LENGTH


def test_the_questions_of_a_job(call, make_app):
    app = make_app(job_desk=FullDesk())
    most = [QUESTION] * limits.MAX_JOB_QUESTIONS
    assert call("POST", JOBS, to=app, json={"questions": most}).status_code == 503
    refused = call("POST", JOBS, to=app, json={"questions": [*most, QUESTION]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/questions")


@pytest.mark.parametrize(
    ("length", "status"), [(0, 422), (limits.MAX_KEY_LENGTH, 503), (limits.MAX_KEY_LENGTH + 1, 422)]
)
def test_the_key_of_a_job(call, make_app, length, status):
    headers = {KEY_HEADER: "k" * length}
    response = call("POST", JOBS, to=make_app(job_desk=FullDesk()), json={"questions": [QUESTION]}, headers=headers)
    assert response.status_code == status
    assert "errors" not in response.json()


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
@pytest.mark.parametrize("announced", [True, False])
def test_the_bytes_of_a_body(call, make_app, more, status, announced):
    body = json.dumps({"texts": ["a"]}).encode().ljust(2_000 + more)
    response = call(
        "POST",
        REASONS,
        to=make_app(max_body_bytes=2_000),
        content=body if announced else in_chunks(body),
        headers={"content-type": "application/json"},
    )
    assert response.status_code == status


async def in_chunks(body):
    for start in range(0, len(body), 700):
        yield body[start : start + 700]
