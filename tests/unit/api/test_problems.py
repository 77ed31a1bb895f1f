"""Errors of the service itself: the table is complete, and nothing of a failure's cause is shown."""

import logging

import pytest

from nlp_service import errors
from nlp_service.api.problems import PROBLEMS, problem_response, problem_type

SECRET = "秘密SECRET4711"
TEXTS = {"texts": [SECRET]}


def descendants(cls):
    for child in cls.__subclasses__():
        yield child
        yield from descendants(child)


def error_of(cls):
    if cls is errors.OverloadedError:
        return cls(2.5)
    if cls is errors.TextTooLongError:
        return cls(0, 512)
    return cls([]) if cls.__name__ == "InvalidBodyError" else cls("safe")


EXPECTED = {
    errors.ConfigurationError: 500,
    errors.ArtifactError: 500,
    errors.TaxonomyError: 500,
    errors.DataError: 500,
    errors.UnusableLineError: 500,
    errors.InvalidInputError: 422,
    errors.NotFoundError: 404,
    errors.TextTooLongError: 500,  # the analysis says which part of the request is meant: 422
    errors.OverloadedError: 429,
    errors.TooMuchWorkError: 413,
    errors.DeadlineExceededError: 504,
    errors.NotReadyError: 503,
    errors.EncodingError: 500,
    errors.ProcessLostError: 503,
    errors.StorageError: 503,
    errors.JobUnfinishedError: 409,
    errors.NoResultError: 410,
    errors.JobDamagedError: 500,
    errors.JobAbandonedError: 500,
}


def test_every_error_of_the_tree_was_thought_of():
    assert {cls for cls in descendants(errors.ServiceError) if cls.__module__ == "nlp_service.errors"} == set(EXPECTED)


@pytest.mark.parametrize(("cls", "status"), EXPECTED.items())
def test_the_status_of_each_error(cls, status):
    assert problem_type(cls).status == status


def test_every_error_makes_a_problem():
    for cls in descendants(errors.ServiceError):
        assert problem_response(error_of(cls)).status_code == problem_type(cls).status


def test_types_are_distinct():
    assert len({kind.uri for kind in PROBLEMS.values()}) == len(PROBLEMS)


@pytest.mark.parametrize(
    ("seconds", "header"), [(0.0, "1"), (0.2, "1"), (1.2, "2"), (30.0, "30"), (float("inf"), "600")]
)
def test_overload_says_when_to_come_back(call, service, seconds, header):
    service.analysis.failure = errors.OverloadedError(seconds)
    response = call("POST", "/v1/reasons", json=TEXTS)
    assert (response.status_code, response.headers["retry-after"]) == (429, header)


def test_work_that_takes_too_long(call, make_app, service):
    service.analysis.delay_s = 5
    response = call("POST", "/v1/reasons", json=TEXTS, to=make_app(request_timeout_ms=20))
    assert (response.status_code, response.json()["detail"]) == (504, "no answer within 0.02 s")


def test_a_timeout_further_in_is_not_taken_for_the_deadline(call, service):
    service.analysis.failure = TimeoutError("redis")
    assert call("POST", "/v1/reasons", json=TEXTS).status_code == 500


def test_models_that_are_not_ready(call, service):
    service.analysis.failure = errors.NotReadyError("shutting down")
    response = call("POST", "/v1/reasons", json=TEXTS)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize(
    "failure", [RuntimeError(SECRET), KeyError(SECRET), RecursionError(SECRET), MemoryError(SECRET)]
)
def test_an_unexpected_error_shows_only_its_class_and_place(call, service, caplog, failure):
    caplog.set_level(logging.DEBUG)
    service.analysis.failure = failure
    response = call("POST", "/v1/reasons", json=TEXTS)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:nlp-service:problem:internal-error",
        "title": "The service failed",
        "status": 500,
    }
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert type(failure).__name__ in record.getMessage()
    assert "conftest.py:" in record.getMessage()
    assert "SECRET4711" not in caplog.text


def test_causes_are_logged_by_class(call, service, caplog):
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as cause:
            raise errors.EncodingError("the batch failed") from cause
    except errors.EncodingError as failure:
        service.analysis.failure = failure
    response = call("POST", "/v1/reasons", json=TEXTS)
    assert response.json()["type"] == "urn:nlp-service:problem:encoding-failed"
    assert "EncodingError at " in caplog.text
    assert ", caused by ValueError at " in caplog.text
    assert "SECRET4711" not in caplog.text
