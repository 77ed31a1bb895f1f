"""Every way a request can be wrong: its status, its problem type, and not one word of what was sent."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.api import bodies, limits, problems

SECRET = "秘密SECRET4711"
TURN = {"speaker": "customer", "text": "a"}
INVALID = (422, "invalid-input")
MALFORMED = (400, "malformed-body")


def document(**fields):
    return {"documents": [{"text": SECRET, **fields}]}


def turn(**fields):
    return {"documents": [{"turns": [TURN, {**TURN, "text": SECRET, **fields}]}]}


def question(**fields):
    return {"questions": [{"text": SECRET, **fields}]}


def embed(**fields):
    return {"input": SECRET, "model": "default", **fields}


CLUSTER = {
    "id": "q",
    "name": "n",
    "representative": SECRET,
    "size": 1,
    "share": 1.0,
    "kind": "enquiry",
    "keywords": [],
    "members": [],
    "stability": 1.0,
    "event": "born",
}

OUT_OF_SHAPE = {
    # path, body, pointer to the fault
    "not an object": ("/v1/reasons", [SECRET], ""),
    "text as bare string": ("/v1/reasons", SECRET, ""),
    "null body": ("/v1/reasons", None, ""),
    "no field": ("/v1/reasons", {}, "/texts"),
    "no texts": ("/v1/reasons", {"texts": []}, "/texts"),
    "too many texts": ("/v1/reasons", {"texts": [SECRET] * (limits.MAX_TEXTS + 1)}, "/texts"),
    "texts as string": ("/v1/sentiment", {"texts": SECRET}, "/texts"),
    "a text too long": ("/v1/sentiment", {"texts": ["ok", SECRET * 10_000]}, "/texts/1"),
    "a number for a text": ("/v1/sentiment", {"texts": [SECRET, 7]}, "/texts/1"),
    "lone surrogate": ("/v1/sentiment", {"texts": [SECRET + "\ud800"]}, "/texts/0"),
    "lone surrogate in a name": ("/v1/sentiment", {"texts": [SECRET], SECRET + "\ud800": 1}, ""),
    "unknown field": ("/v1/reasons", {"texts": [SECRET], "topk": 3}, "/topk"),
    "unknown field of text": ("/v1/reasons", {"texts": ["a"], SECRET: 3}, "/…"),
    "too many fields": ("/v1/reasons", {f"{SECRET}{n}": n for n in range(limits.MAX_FIELDS + 1)}, ""),
    "top_k too small": ("/v1/reasons", {"texts": [SECRET], "top_k": 0}, "/top_k"),
    "top_k too large": ("/v1/reasons", {"texts": [SECRET], "top_k": limits.MAX_TOP_K + 1}, "/top_k"),
    "top_k as text": ("/v1/reasons", {"texts": [SECRET], "top_k": "3"}, "/top_k"),
    "top_k as truth": ("/v1/reasons", {"texts": [SECRET], "top_k": True}, "/top_k"),
    "top_k with a fraction": ("/v1/reasons", {"texts": [SECRET], "top_k": 3.5}, "/top_k"),
    "unknown taxonomy": ("/v1/reasons", {"texts": [SECRET], "taxonomy": SECRET}, "/taxonomy"),
    "no documents": ("/v1/analyze", {"documents": []}, "/documents"),
    "too many documents": ("/v1/analyze", {"documents": [{"text": SECRET}] * (limits.MAX_DOCUMENTS + 1)}, "/documents"),
    "neither text nor turns": ("/v1/analyze", {"documents": [{"id": SECRET}]}, "/documents/0/text"),
    "text and turns": ("/v1/analyze", document(turns=[]), "/documents/0/text"),
    "document as string": ("/v1/analyze", {"documents": [SECRET]}, "/documents/0"),
    "too many turns": ("/v1/analyze", {"documents": [{"turns": [TURN] * 2_001}]}, "/documents/0/turns"),
    "unknown speaker": ("/v1/analyze", turn(speaker=SECRET), "/documents/0/turns/1/speaker"),
    "a turn without text": ("/v1/analyze", turn(text=None), "/documents/0/turns/1/text"),
    "no time": ("/v1/analyze", turn(at=SECRET), "/documents/0/turns/1/at"),
    "impossible time": ("/v1/analyze", turn(at="2025-02-30T10:00:00"), "/documents/0/turns/1/at"),
    "time as number": ("/v1/analyze", turn(at=1_700_000_000), "/documents/0/turns/1/at"),
    "stage too long": ("/v1/analyze", turn(stage=SECRET * 20), "/documents/0/turns/1/stage"),
    "channel too long": ("/v1/analyze", document(channel=SECRET * 20), "/documents/0/channel"),
    "id too long": ("/v1/analyze", document(id=SECRET * 20), "/documents/0/id"),
    "id as number": ("/v1/analyze", document(id=7), "/documents/0/id"),
    "unknown language": ("/v1/analyze", document(language="zh"), "/documents/0/language"),
    "no features": ("/v1/analyze", {**document(), "features": []}, "/features"),
    "unknown feature": ("/v1/analyze", {**document(), "features": [SECRET]}, "/features/0"),
    "feature given twice": ("/v1/analyze", {**document(), "features": ["faq", "faq"]}, "/features"),
    "no questions": ("/v1/questions/cluster", {"questions": []}, "/questions"),
    "questions as strings": ("/v1/questions/cluster", {"questions": [SECRET]}, "/questions/0"),
    "question too long": ("/v1/questions/cluster", question(text=SECRET * 200), "/questions/0/text"),
    "too many questions": ("/v1/questions/cluster", {"questions": [{"text": "a"}] * 5_001}, "/questions"),
    "an id given twice": (
        "/v1/questions/cluster",
        {"questions": [{"id": SECRET, "text": "a"}, {"id": SECRET, "text": "b"}]},
        "/questions/1/id",
    ),
    "an id that is a position": (
        "/v1/questions/cluster",
        {"questions": [{"id": "1", "text": SECRET}, {"text": SECRET}]},
        "/questions/1/id",
    ),
    "a previous cluster of another kind": (
        "/v1/questions/cluster",
        {**question(), "previous": [{**CLUSTER, "kind": SECRET}]},
        "/previous/0/kind",
    ),
    "a previous cluster of less than nothing": (
        "/v1/questions/cluster",
        {**question(), "previous": [{**CLUSTER, "size": -1}]},
        "/previous/0/size",
    ),
    "a previous cluster that reaches less than nothing": (
        "/v1/questions/cluster",
        {**question(), "previous": [{**CLUSTER, "reach": -1}]},
        "/previous/0/reach",
    ),
    "a previous cluster of more than any number of questions": (
        "/v1/questions/cluster",
        {**question(), "previous": [{**CLUSTER, "size": 1e30}]},
        "/previous/0/size",
    ),
    "a previous cluster with an infinite share": (
        "/v1/questions/cluster",
        json.dumps({**question(), "previous": [CLUSTER]}).replace('"share": 1.0', '"share": 1e999'),
        "/previous/0/share",
    ),
    "a previous representative that is no question": (
        "/v1/questions/cluster",
        {**question(), "previous": [{**CLUSTER, "representative": SECRET * 200}]},
        "/previous/0/representative",
    ),
    "too many previous clusters": (
        "/v1/questions/cluster",
        {**question(), "previous": [CLUSTER] * 2_001},
        "/previous",
    ),
    "faq question too long": ("/v1/faq/suggest", {"questions": [SECRET * 200]}, "/questions/0"),
    "too many faq questions": ("/v1/faq/suggest", {"questions": [SECRET] * 1_025}, "/questions"),
    "unknown knowledge base": ("/v1/faq/suggest", {"questions": [SECRET], "knowledge_base": SECRET}, "/knowledge_base"),
    "empty input": ("/v1/embeddings", embed(input=""), "/input"),
    "empty text in input": ("/v1/embeddings", embed(input=[SECRET, ""]), "/input/1"),
    "empty list as input": ("/v1/embeddings", embed(input=[]), "/input"),
    "too many inputs": ("/v1/embeddings", embed(input=[SECRET] * 2_049), "/input"),
    "input too long": ("/v1/embeddings", embed(input=SECRET * 800), "/input"),
    "token ids": ("/v1/embeddings", embed(input=[17, 18]), "/input/0"),
    "lists of token ids": ("/v1/embeddings", embed(input=[[17, 18]]), "/input/0"),
    "no model": ("/v1/embeddings", {"input": SECRET}, "/model"),
    "unknown encoding": ("/v1/embeddings", embed(encoding_format=SECRET), "/encoding_format"),
    "other dimensions": ("/v1/embeddings", embed(dimensions=1536), "/dimensions"),
    "dimensions as text": ("/v1/embeddings", embed(dimensions="4"), "/dimensions"),
}

SECRET_TEXTS = f'{{"texts": ["{SECRET}"]}}'
MALFORMED_BODIES = {
    "empty": "",
    "blank": " \n",
    "cut off": SECRET_TEXTS[:-3],
    "bare word": SECRET,
    "trailing comma": SECRET_TEXTS.replace("]", ",]"),
    "more than one value": SECRET_TEXTS * 2,
    "control character": SECRET_TEXTS.replace("47", "\x01"),
    "wrong escape": SECRET_TEXTS.replace("47", "\\q"),
    "NaN": SECRET_TEXTS.replace("}", ', "top_k": NaN}'),
    "Infinity": SECRET_TEXTS.replace("}", ', "top_k": -Infinity}'),
    "endless number": SECRET_TEXTS.replace("}", f', "top_k": {"9" * 5_000}}}'),
    "deep arrays": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "Latin-1": b'{"texts": ["caf\xe9 SECRET4711"]}',
    "UTF-16": SECRET_TEXTS.encode("utf-16"),
    "encoded surrogate": b'{"texts": ["SECRET4711 \xed\xa0\x80"]}',
}

REPEATED = {
    # path, body, how the field is told
    "a field": ("/v1/reasons", f'{{"texts": ["{SECRET}"], "top_k": 3, "texts": ["b"]}}', "texts"),
    "the same value": ("/v1/sentiment", f'{{"texts": ["{SECRET}"], "texts": ["{SECRET}"]}}', "texts"),
    "an escaped name": ("/v1/sentiment", f'{{"texts": ["{SECRET}"], "t\\u0065xts": ["b"]}}', "texts"),
    "deep inside": ("/v1/analyze", f'{{"documents": [{{"text": "a", "id": "{SECRET}", "id": "b"}}]}}', "id"),
    "a name that isn't ours": ("/v1/sentiment", f'{{"texts": ["a"], "{SECRET}": 1, "{SECRET}": 2}}', "a field"),
    "somebody's name": ("/v1/sentiment", f'{{"texts": ["{SECRET}"], "secret": 1, "secret": 2}}', "a field"),
    "no name": ("/v1/sentiment", f'{{"texts": ["{SECRET}"], "": 1, "": 2}}', "a field"),
    "a lone surrogate": ("/v1/sentiment", f'{{"texts": ["{SECRET}"], "\\ud800": 1, "\\ud800": 2}}', "a field"),
    "very often": ("/v1/sentiment", '{"texts": ["' + SECRET + '"]' + ', "id": 1' * 9 + "}", "id"),
}

MEDIA_TYPES = [
    None,
    "",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonl",
    "application/problem+json",
    "application/json; charset=gbk",
]


def refused(response, status, slug, caplog):
    """The problem, after a check that it is one and that nothing of the request is in it or in the logs."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    problem = response.json()
    assert problem["type"] == f"urn:nlp-service:problem:{slug}"
    assert problem["status"] == status
    assert problem["title"]
    assert f" {status} " in caplog.text
    for word in ("SECRET4711", "秘密"):
        assert word not in json.dumps(problem, ensure_ascii=False)
        assert word not in caplog.text
        assert word not in str(response.headers)
    return problem


def post(call, path, content, media_type="application/json", **keywords):
    headers = {} if media_type is None else {"content-type": media_type}
    return call("POST", path, content=content, headers=headers, **keywords)


@pytest.fixture(autouse=True)
def all_logs(caplog):
    caplog.set_level(logging.WARNING, "httpx")  # the test's own client logs the URLs it asks for
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize(("path", "body", "pointer"), OUT_OF_SHAPE.values(), ids=OUT_OF_SHAPE)
def test_a_body_out_of_shape(call, caplog, path, body, pointer):
    content = body if isinstance(body, str) and body.startswith("{") else json.dumps(body)
    problem = refused(post(call, path, content), *INVALID, caplog)
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert all(error["message"] for error in problem["errors"])


@pytest.mark.parametrize("content", MALFORMED_BODIES.values(), ids=MALFORMED_BODIES)
def test_a_body_that_is_no_json(call, caplog, content):
    problem = refused(post(call, "/v1/reasons", content), *MALFORMED, caplog)
    assert "errors" not in problem


def test_the_position_of_a_json_fault_is_told(call, caplog):
    problem = refused(post(call, "/v1/reasons", '{"texts":\n ["a" "b"]}'), *MALFORMED, caplog)
    assert problem["detail"] == "not JSON at line 2, column 7"


@pytest.mark.parametrize(("path", "body", "told"), REPEATED.values(), ids=REPEATED)
def test_a_field_that_comes_twice(call, caplog, path, body, told):
    problem = refused(post(call, path, body), 400, "repeated-field", caplog)
    assert problem["detail"] == f"{told} comes more than once in one object"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_a_body_without_repetitions_is_read_as_it_is(value):
    assert bodies.parse(json.dumps(value).encode()) == value


@given(st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=5), VALUES, st.data())
def test_a_repetition_is_found_wherever_it_is(content, other, data):
    name = data.draw(st.sampled_from(sorted(content)))
    written = json.dumps(content)[:-1] + f", {json.dumps(name)}: {json.dumps(other)}}}"
    for wrapped in (written, f'{{"a": [1, {written}]}}'):
        with pytest.raises(problems.RepeatedFieldError):
            bodies.parse(wrapped.encode())


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_a_body_of_another_media_type(call, caplog, media_type):
    refused(post(call, "/v1/reasons", SECRET_TEXTS, media_type), 415, "unsupported-media-type", caplog)


def test_a_compressed_body(call, caplog):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    response = call("POST", "/v1/reasons", content=b"\x1f\x8b", headers=headers)
    refused(response, 415, "unsupported-media-type", caplog)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json; charset=utf-8",
        'application/json;profile=x; Charset="UTF8"',
        "Application/JSON",
    ],
)
def test_json_is_recognised_in_any_spelling(call, media_type):
    assert post(call, "/v1/reasons", SECRET_TEXTS, media_type).status_code == 200


def test_an_announced_body_over_the_limit(call, make_app, service, caplog):
    small = make_app(max_body_bytes=len(SECRET_TEXTS.encode()))
    assert post(call, "/v1/reasons", SECRET_TEXTS, to=small).status_code == 200
    response = post(call, "/v1/reasons", SECRET_TEXTS + " ", to=small)
    refused(response, 413, "body-too-large", caplog)
    assert len(service.analysis.calls) == 1


@pytest.mark.parametrize("path", ["/", f"/{SECRET}", "/v1/analyze/", "/v1/taxonomies/a/b", f"/v1/taxonomies/{SECRET}"])
def test_an_unknown_path(call, caplog, path):
    refused(call("GET", path), 404, "not-found", caplog)


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("GET", "/v1/analyze", "POST"), ("POST", "/v1/models", "GET, HEAD")]
)
def test_a_wrong_method(call, caplog, method, path, allowed):
    response = call(method, path)
    refused(response, 405, "method-not-allowed", caplog)
    assert response.headers["allow"] == allowed


def test_an_unknown_model(call, caplog):
    refused(call("POST", "/v1/embeddings", json=embed(model=SECRET)), 404, "not-found", caplog)


def test_bad_requests_leave_good_ones_alone(exchange_many, service):
    service.analysis.delay_s = 0.005
    good = [("POST", "/v1/reasons", {"json": {"texts": [f"t{n}"], "top_k": 1}}) for n in range(40)]
    bad = [("POST", "/v1/reasons", {"json": {"texts": [n]}}) for n in range(40)]
    responses = exchange_many(*[request for pair in zip(good, bad, strict=True) for request in pair])
    assert [response.status_code for response in responses] == [200, 422] * 40
    assert sorted(call[0][0] for call in service.analysis.calls) == sorted(f"t{n}" for n in range(40))
