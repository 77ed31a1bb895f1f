"""Jobs over HTTP: every answer of the four routes, and no text where none belongs."""

import asyncio
import json
import threading
from contextlib import asynccontextmanager
from dataclasses import asdict

import httpx
import pytest

from nlp_service.api import limits
from nlp_service.api.problems import PROBLEMS
from nlp_service.contracts import Cluster, Clustering, Theme
from nlp_service.errors import EncodingError
from nlp_service.jobs import JobDesk, Runner, Shelf, Store, runner

JOBS = "/v1/questions/cluster/jobs"
SECRET = "秘密SECRETqzxvjk"
BODY = {"questions": [{"id": "x", "text": SECRET}, {"text": "七天内可以退吗"}]}
CLUSTER = Cluster("q-1", "n", "r", 2, 1.0, "enquiry", ["k"], ["x", "1"], 1.0, "born", theme="t-1")
FOUND = Clustering([CLUSTER], ["z"], [Theme("t-1", "t", 2, 1.0, ["k"], ["q-1"])], sample=["怎么退货"])


class FakeAnalysis:
    """Finds `FOUND` once `hold` is set; raises `failure` instead, if that is set."""

    def __init__(self):
        self.calls = []
        self.failure = None
        self.hold = threading.Event()
        self.hold.set()

    async def cluster(self, questions, previous, progress, least_size, previous_sample, *, patiently):
        self.calls.append((questions, previous, previous_sample))
        if self.failure:
            raise self.failure
        return await asyncio.to_thread(self._cluster, progress)

    def _cluster(self, progress):
        progress("clustering", 1, 7)
        while not self.hold.wait(0.005):
            progress("clustering", 1, 7)
        return FOUND

    def digests(self):
        return {"encoder": "sha256:e"}


@pytest.fixture
def analysis():
    return FakeAnalysis()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "jobs"


@pytest.fixture
def connected(make_app, analysis, folder, monkeypatch):
    """A client of an application that takes jobs in, and works on them."""
    monkeypatch.setattr(runner, "BEAT_S", 0.01)

    @asynccontextmanager
    async def connect():
        shelf = Shelf(folder)
        store = Store(shelf, ttl_s=60, max_waiting=2)
        worker = Runner(shelf, store, lambda: analysis, poll_s=0.02)
        app = make_app(job_desk=JobDesk(store, worker))
        async with (
            worker.working(),
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client,
        ):
            yield client

    return connect


async def until(client, path, status):
    async with asyncio.timeout(10):
        while (answer := (await client.get(path)).json())["status"] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return answer


def refused(response, status, slug):
    """That it is this problem, and shows nothing of what was sent."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["type"] == f"urn:nlp-service:problem:{slug}"
    assert "qzxvjk" not in response.text
    return response


def test_a_job_from_submission_to_result(run, connected, analysis):
    async def scenario():
        async with connected() as client:
            analysis.hold.clear()
            earlier = {"previous": [asdict(CLUSTER)], "previous_sample": ["七天能退吗"]}
            taken = await client.post(JOBS, json=BODY | earlier)
            assert taken.status_code == 202
            job = taken.json()
            path = f"{JOBS}/{job['id']}"
            assert taken.headers["location"] == path
            assert (job["status"], job["questions"], job["step"], job["error"]) == ("queued", 2, None, None)
            while (now := await client.get(path)).json()["step"] is None:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            assert now.headers["retry-after"] == taken.headers["retry-after"] == "2"
            assert [now.json()[name] for name in ("status", "step", "done", "of")] == ["running", "clustering", 1, 7]
            waits = refused(await client.get(f"{path}/result"), 409, "job-unfinished")
            assert waits.headers["retry-after"] == "2"
            analysis.hold.set()
            job = await until(client, path, "succeeded")
            assert job["created_at"] <= job["started_at"] <= job["finished_at"] < job["expires_at"]
            assert "retry-after" not in (await client.get(path)).headers
            result = await client.get(f"{path}/result")
            assert result.status_code == 200
            assert result.json() == json.loads(json.dumps({**asdict(FOUND), "model": {"encoder": "sha256:e"}}))

    run(scenario())
    ((questions, previous, sample),) = analysis.calls
    assert [(item.id, item.text) for item in questions] == [("x", SECRET), ("1", "七天内可以退吗")]
    assert (previous[0].id, sample) == ("q-1", ["七天能退吗"])


def test_the_result_is_what_the_direct_call_answers(run, connected, call):
    direct = call("POST", "/v1/questions/cluster", json=BODY).json()

    async def scenario():
        async with connected() as client:
            path = (await client.post(JOBS, json=BODY)).headers["location"]
            await until(client, path, "succeeded")
            return (await client.get(f"{path}/result")).json()

    assert run(scenario()).keys() == direct.keys()


def test_a_running_job_is_cancelled_by_delete_and_says_so(run, connected, analysis, folder):
    async def scenario():
        async with connected() as client:
            analysis.hold.clear()
            key = {"Idempotency-Key": "c0ffee"}
            path = (await client.post(JOBS, json=BODY, headers=key)).headers["location"]
            await until(client, path, "running")
            for _ in range(2):
                ended = await client.delete(path)
                assert (ended.status_code, ended.json()["status"]) == (200, "cancelled")
            refused(await client.get(f"{path}/result"), 410, "no-result")
            assert [file for file in folder.rglob("*.json") if "qzxvjk" in file.read_text("utf-8")] == []
            assert (await client.get(path)).json() == ended.json()
            again = await client.post(JOBS, json=BODY, headers=key)
            assert (again.status_code, again.json()) == (202, ended.json())

    run(scenario())


@pytest.mark.parametrize("ending", ["succeeded", "failed"])
def test_a_finished_job_is_gone_after_delete_and_its_key_begins_a_new_one(run, connected, analysis, folder, ending):
    analysis.failure = EncodingError("the encoder failed") if ending == "failed" else None

    async def scenario():
        async with connected() as client:
            key = {"Idempotency-Key": "c0ffee"}
            path = (await client.post(JOBS, json=BODY, headers=key)).headers["location"]
            await until(client, path, ending)
            removed = await client.delete(path)
            assert (removed.status_code, removed.content) == (204, b"")
            for method, gone in (("GET", path), ("GET", f"{path}/result"), ("DELETE", path)):
                refused(await client.request(method, gone), 404, "not-found")
            assert list(folder.glob("[!.]*")) == []
            analysis.failure = None
            other = {"questions": [{"text": SECRET}]}
            again = await client.post(JOBS, json=other, headers=key)
            assert (again.status_code, again.json()["status"], again.json()["questions"]) == (202, "queued", 1)
            await until(client, again.headers["location"], "succeeded")

    run(scenario())
    assert [len(questions) for questions, *_ in analysis.calls] == [2, 1]


@pytest.mark.parametrize(
    ("failure", "slug"),
    [(EncodingError("the encoder failed"), "encoding-failed"), (RuntimeError(SECRET), "internal-error")],
)
def test_a_failed_job_gives_the_type_of_its_problem_and_no_text(run, connected, analysis, caplog, failure, slug):
    analysis.failure = failure

    async def scenario():
        async with connected() as client:
            path = (await client.post(JOBS, json=BODY)).headers["location"]
            job = await until(client, path, "failed")
            assert job["error"] == f"urn:nlp-service:problem:{slug}"
            assert job["error"] in {kind.uri for kind in PROBLEMS.values()}
            refused(await client.get(f"{path}/result"), 410, "no-result")
            return str(job)

    assert "qzxvjk" not in run(scenario()) + caplog.text


def test_a_repeated_submission_with_one_key_is_one_job(run, connected, analysis):
    async def scenario():
        async with connected() as client:
            key = {"Idempotency-Key": "c0ffee"}
            answers = await asyncio.gather(*(client.post(JOBS, json=BODY, headers=key) for _ in range(4)))
            (path,) = {answer.headers["location"] for answer in answers}
            await until(client, path, "succeeded")
            again = await client.post(JOBS, json=BODY, headers=key)
            assert (again.status_code, again.json()["status"], again.headers["location"]) == (202, "succeeded", path)
            other = {"questions": [{"text": SECRET}]}
            refused(await client.post(JOBS, json=other, headers=key), 422, "invalid-input")
            for bad in ("", "k" * (limits.MAX_KEY_LENGTH + 1)):
                refused(await client.post(JOBS, json=BODY, headers={"Idempotency-Key": bad}), 422, "invalid-input")

    run(scenario())
    assert len(analysis.calls) == 1


def test_too_many_waiting_jobs_are_refused(run, connected, analysis):
    async def scenario():
        async with connected() as client:
            analysis.hold.clear()
            for _ in range(2):
                assert (await client.post(JOBS, json=BODY)).status_code == 202
            refusal = refused(await client.post(JOBS, json=BODY), 429, "overloaded")
            assert int(refusal.headers["retry-after"]) >= 1

    run(scenario())


@pytest.mark.parametrize("name", ["nothing", "A" * 43, "..%2F..%2Fetc", "%00", SECRET])
def test_an_unknown_job(run, connected, name):
    async def scenario():
        async with connected() as client:
            for method, path in (("GET", name), ("GET", f"{name}/result"), ("DELETE", name)):
                refused(await client.request(method, f"{JOBS}/{path}"), 404, "not-found")

    run(scenario())


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"questions": []}, "/questions"),
        ({"questions": [{"text": "a"}] * (limits.MAX_JOB_QUESTIONS + 1)}, "/questions"),
        ({"questions": [{"text": SECRET * 200}]}, "/questions/0/text"),
        ({"questions": [{"id": SECRET, "text": "a"}, {"id": SECRET, "text": "b"}]}, "/questions/1/id"),
        ({**BODY, "previous": [SECRET]}, "/previous/0"),
    ],
)
def test_a_body_out_of_shape_makes_no_job(run, connected, folder, body, pointer):
    async def scenario():
        async with connected() as client:
            return await client.post(JOBS, json=body)

    problem = refused(run(scenario()), 422, "invalid-input").json()
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert list(folder.glob("[!.]*")) == []


def test_more_questions_than_the_direct_call_takes(run, connected):
    body = {"questions": [{"text": "a"}] * (limits.MAX_CLUSTER_QUESTIONS + 1)}

    async def scenario():
        async with connected() as client:
            path = (await client.post(JOBS, json=body)).headers["location"]
            assert (await until(client, path, "succeeded"))["questions"] == limits.MAX_CLUSTER_QUESTIONS + 1

    run(scenario())


def test_a_folder_that_cant_be_written_refuses_jobs_and_nothing_else(run, connected, folder, caplog):
    folder.write_text("in the way", "utf-8")

    async def scenario():
        async with connected() as client:
            refusal = refused(await client.post(JOBS, json=BODY), 503, "storage-failed")
            assert int(refusal.headers["retry-after"]) >= 1
            assert str(folder) not in refusal.text
            assert (await client.post("/v1/sentiment", json={"texts": ["a"]})).status_code == 200

    run(scenario())
    assert "qzxvjk" not in caplog.text


def test_a_method_that_a_job_doesnt_know_is_told_those_that_it_does(call):
    response = refused(call("PUT", f"{JOBS}/{'A' * 43}"), 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD, DELETE"


def test_an_application_without_a_desk_takes_no_jobs(call):
    refused(call("POST", JOBS, json=BODY), 503, "not-ready")


def test_a_result_that_cant_be_made_out(run, connected, folder):
    async def scenario():
        async with connected() as client:
            path = (await client.post(JOBS, json=BODY)).headers["location"]
            await until(client, path, "succeeded")
            (result,) = folder.rglob("result.json")
            result.write_text(f'{{"clustering": "{SECRET}', "utf-8")
            refused(await client.get(f"{path}/result"), 500, "job-damaged")

    run(scenario())
