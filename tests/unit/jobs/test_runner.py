"""Working on jobs beside requests: one at a time, stopped at any moment, and whatever happens the runner goes on."""

import asyncio
import errno
import logging
import shutil
import threading
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from nlp_service.errors import (
    EncodingError,
    NoResultError,
    NotFoundError,
    OverloadedError,
    ProcessLostError,
    StorageError,
)
from nlp_service.jobs import JobDesk, Outcome, Runner, Store, claims, runner
from nlp_service.jobs.claims import MAX_ATTEMPTS

SECRET = "我的订单4711怎么还没发货"


class FakeAnalysis:
    """Encodes on the loop and clusters in a thread, as the real one does.

    Attributes:
        failures: raised one after another by the next calls.
        refusals: those of the encoder's queue, waited out by a patient call and raised by any other.
        hold: cluster until this is set, looking whether to go on.
        running, most: how many calls are under way, and were at most.
    """

    def __init__(self, outcome):
        self.outcome = outcome
        self.failures = []
        self.refusals = []
        self.hold = threading.Event()
        self.hold.set()
        self.seen = []
        self.running = self.most = 0

    async def cluster(self, questions, previous, progress, least_size, previous_sample, *, patiently):
        self.seen.append([question.text for question in questions])
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            progress("encoding", 0, len(questions))
            await asyncio.sleep(0)
            if self.failures:
                raise self.failures.pop(0)
            while self.refusals:
                refusal = self.refusals.pop(0)
                if not patiently:
                    raise refusal
                for _ in range(int(refusal.retry_after_s / 0.005)):
                    progress("encoding", 0, len(questions))
                    await asyncio.sleep(0.005)
            return await asyncio.to_thread(self._cluster, progress)
        finally:
            self.running -= 1

    def _cluster(self, progress):
        ticks = count()
        progress("clustering", next(ticks), 10_000)
        while not self.hold.wait(0.005):
            progress("clustering", next(ticks), 10_000)
        return self.outcome.clustering

    def digests(self):
        return self.outcome.model

    async def idle(self):
        return not self.running

    async def begun(self):
        return bool(self.seen)


@pytest.fixture
def analysis(outcome):
    return FakeAnalysis(outcome)


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(runner, "BEAT_S", 0.01)
    monkeypatch.setattr(claims, "REST_S", 0.01)
    monkeypatch.setattr(claims, "MAX_REST_S", 0.05)


@pytest.fixture
def desk(shelf, store, analysis):
    """A desk whose jobs are worked on."""

    @asynccontextmanager
    async def at_work(current=lambda: analysis):
        worker = Runner(shelf, store, current, poll_s=0.02)
        async with worker.working():
            yield JobDesk(store, worker)

    return at_work


async def until(happened):
    async with asyncio.timeout(10):
        while not await happened():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def has(desk, name, *statuses):
    async def look():
        return (await desk.job(name)).status in statuses

    return look


def test_jobs_are_worked_on_one_at_a_time_in_their_order(run, desk, analysis, make_work, outcome):
    async def scenario():
        async with desk() as jobs:
            names = [(await jobs.add(lambda text=text: make_work(text))).id for text in "甲乙丙"]
            for name in names:
                await until(has(jobs, name, "succeeded"))
                assert await jobs.outcome(name) == outcome

    run(scenario())
    assert (analysis.seen, analysis.most) == ([["甲"], ["乙"], ["丙"]], 1)


def test_progress_is_told_while_it_runs(run, desk, analysis, work):
    async def scenario():
        async with desk() as jobs:
            analysis.hold.clear()
            job = await jobs.add(lambda: work)

            async def advanced():
                place = (await jobs.job(job.id)).place
                return place is not None and place.step == "clustering" and place.done > 1 and place.of == 10_000

            await until(advanced)
            analysis.hold.set()
            await until(has(jobs, job.id, "succeeded"))
            assert (await jobs.job(job.id)).place is None

    run(scenario())


def test_the_end_of_the_service_puts_the_job_back_and_the_next_start_takes_it_up(run, desk, analysis, work, outcome):
    async def scenario():
        analysis.hold.clear()
        async with desk() as jobs:
            job = await jobs.add(lambda: work)
            await until(has(jobs, job.id, "running"))
        assert (await jobs.job(job.id)).status == "queued"
        assert analysis.running == 0
        analysis.hold.set()
        async with desk() as jobs:
            await until(has(jobs, job.id, "succeeded"))
            assert await jobs.outcome(job.id) == outcome

    run(scenario())


def test_work_that_doesnt_end_by_itself_is_put_back_all_the_same(run, desk, analysis, work, monkeypatch):
    monkeypatch.setattr(runner, "STOP_S", 0.05)

    async def never(questions, *_, **__):
        analysis.seen.append(questions)
        await asyncio.Event().wait()

    async def scenario():
        analysis.cluster = never
        async with desk() as jobs:
            job = await jobs.add(lambda: work)
            await until(analysis.begun)
        assert (await jobs.job(job.id)).status == "queued"

    run(scenario(), seconds=5)


def test_a_job_left_by_a_killed_process_is_taken_up(run, desk, store, as_if_killed, work, outcome):
    job = store.add(work)
    as_if_killed()
    assert store.job(job.id).status == "running"

    async def scenario():
        async with desk() as jobs:
            await until(has(jobs, job.id, "succeeded"))
            assert await jobs.outcome(job.id) == outcome

    run(scenario())


@pytest.mark.parametrize("by_another_process", [False, True])
def test_a_cancelled_job_ends_and_the_next_one_begins(
    run, desk, shelf, analysis, make_work, texts_left, by_another_process
):
    async def scenario():
        analysis.hold.clear()
        async with desk() as jobs:
            first = await jobs.add(make_work)
            second = await jobs.add(lambda: make_work("七天内可以退吗"))
            await until(has(jobs, first.id, "running"))
            if by_another_process:
                Store(shelf, ttl_s=60).cancel(first.id)
            else:
                await jobs.cancel(first.id)
            await until(has(jobs, second.id, "running"))
            assert (texts_left(), analysis.most) == ([], 1)
            analysis.hold.set()
            await until(has(jobs, second.id, "succeeded"))
            with pytest.raises(NoResultError):
                await jobs.outcome(first.id)

    run(scenario())


def test_a_folder_removed_at_run_time_ends_the_job_and_not_the_runner(run, desk, analysis, folder, work):
    async def scenario():
        analysis.hold.clear()
        async with desk() as jobs:
            job = await jobs.add(lambda: work)
            await until(analysis.begun)
            shutil.rmtree(folder)
            await until(analysis.idle)
            with pytest.raises(NotFoundError):
                await jobs.job(job.id)
            analysis.hold.set()
            again = await jobs.add(lambda: work)
            await until(has(jobs, again.id, "succeeded"))

    run(scenario())


def test_a_full_queue_of_the_encoder_is_waited_out(run, desk, analysis, work, outcome):
    analysis.refusals = [OverloadedError(0.01), OverloadedError(0.02)]

    async def scenario():
        async with desk() as jobs:
            job = await jobs.add(lambda: work)
            await until(has(jobs, job.id, "succeeded", "failed"))
            assert await jobs.outcome(job.id) == outcome

    run(scenario())
    assert len(analysis.seen) == 1


@pytest.mark.parametrize("failure", [OverloadedError(0.01), ProcessLostError("gone")])
def test_what_may_pass_costs_no_job(run, desk, analysis, work, outcome, failure):
    analysis.failures = [failure, failure]

    async def scenario():
        async with desk() as jobs:
            job = await jobs.add(lambda: work)
            await until(has(jobs, job.id, "succeeded", "failed"))
            assert await jobs.outcome(job.id) == outcome

    run(scenario())
    assert len(analysis.seen) == 3


def test_a_job_that_waits_for_the_encoder_can_be_cancelled(run, desk, analysis, work):
    analysis.refusals = [OverloadedError(1_000)]

    async def scenario():
        async with desk() as jobs:
            job = await jobs.add(lambda: work)
            await until(analysis.begun)
            assert (await jobs.job(job.id)).status == "running"
            await jobs.cancel(job.id)
            await until(has(jobs, (await jobs.add(lambda: work)).id, "succeeded"))

    run(scenario(), seconds=10)


@pytest.mark.parametrize(
    ("failure", "name"),
    [
        (EncodingError("the encoder failed"), "EncodingError"),
        (ValueError(SECRET), "ServiceError"),
        (MemoryError(SECRET), "ServiceError"),
    ],
)
def test_a_failed_job_is_one_warning_without_text_and_the_next_one_begins(
    run, desk, analysis, work, caplog, failure, name
):
    analysis.failures = [failure]

    async def scenario():
        async with desk() as jobs:
            first, second = await jobs.add(lambda: work), await jobs.add(lambda: work)
            await until(has(jobs, second.id, "succeeded"))
            assert ((await jobs.job(first.id)).status, (await jobs.job(first.id)).error) == ("failed", name)
            return first.id

    caplog.set_level(logging.DEBUG, "nlp_service")
    job = run(scenario())
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.levelname == "WARNING"
    assert type(failure).__name__ in record.getMessage() or str(failure) in record.getMessage()
    assert "4711" not in caplog.text
    assert job not in caplog.text


def test_a_disk_that_is_full_for_a_while_is_one_warning(run, desk, analysis, store, work, full_disk, caplog):
    job = store.add(work)
    full_disk(times=3)

    async def scenario():
        async with desk() as jobs:
            await until(has(jobs, job.id, "succeeded"))

    run(scenario())
    (record,) = caplog.records
    assert (record.levelname, "No space left on device" in record.getMessage()) == ("WARNING", True)


def test_work_that_cant_be_read_for_a_while_is_set_back_and_done_later(
    run, desk, store, work, outcome, monkeypatch, texts_left
):
    job = store.add(work)
    read, tries = Path.read_bytes, []

    def out_of_descriptors(path):
        if path.name == "input.json" and len(tries) < 2 * MAX_ATTEMPTS:
            tries.append(path)
            raise OSError(errno.EMFILE, "flooded")
        return read(path)

    async def scenario():
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", out_of_descriptors)
            async with desk() as jobs:
                await until(has(jobs, job.id, "succeeded", "failed"))
                assert await jobs.outcome(job.id) == outcome

    run(scenario())
    assert (len(tries), texts_left()) == (2 * MAX_ATTEMPTS, ["result.json"])


@pytest.mark.parametrize("name", ["result.json", "status.json"])
def test_a_result_that_the_disk_doesnt_take_is_held_until_it_does(
    run, desk, analysis, work, outcome, full_disk, texts_left, caplog, name
):
    async def scenario():
        analysis.hold.clear()
        async with desk() as jobs:
            job = await jobs.add(lambda: work)
            await until(has(jobs, job.id, "running"))
            await until(analysis.begun)
            tries = full_disk(name, times=2 * MAX_ATTEMPTS)
            analysis.hold.set()
            await until(has(jobs, job.id, "succeeded", "failed"))
            assert await jobs.outcome(job.id) == outcome
            assert len(tries) == 2 * MAX_ATTEMPTS

    run(scenario())
    assert (len(analysis.seen), len(caplog.records)) == (1, 1)
    assert texts_left() == ["result.json"]


def test_a_result_that_the_disk_doesnt_take_for_long_is_made_again(
    run, desk, analysis, work, outcome, full_disk, monkeypatch
):
    monkeypatch.setattr(runner, "KEEP_S", 0.0)

    async def scenario():
        full_disk("result.json", times=2 * MAX_ATTEMPTS)
        async with desk() as jobs:
            job = await jobs.add(lambda: work)
            await until(has(jobs, job.id, "succeeded", "failed"))
            assert await jobs.outcome(job.id) == outcome

    run(scenario())
    assert len(analysis.seen) == 2 * MAX_ATTEMPTS + 1


def test_a_setback_that_the_disk_doesnt_note_at_once_isnt_taken_for_an_end_of_the_process(
    run, desk, analysis, work, outcome, full_disk
):
    cluster, tries = analysis.cluster, []

    async def overloaded(*given, **named):
        tries.append(given)
        if len(tries) > 2 * MAX_ATTEMPTS:
            return await cluster(*given, **named)
        full_disk("status.json", times=1)
        raise OverloadedError(0.01)

    async def scenario():
        analysis.cluster = overloaded
        async with desk() as jobs:
            job = await jobs.add(lambda: work)
            await until(has(jobs, job.id, "succeeded", "failed"))
            assert await jobs.outcome(job.id) == outcome

    run(scenario())


def test_the_service_ends_at_once_while_a_result_is_held(run, desk, analysis, work, full_disk, monkeypatch):
    monkeypatch.setattr(runner, "STOP_S", 1_000)

    async def scenario():
        async with desk() as jobs:
            tries = full_disk("result.json")
            job = await jobs.add(lambda: work)

            async def tried():
                return len(tries) > 1

            await until(tried)
        assert (await jobs.job(job.id)).status == "queued"

    run(scenario())


def test_a_job_whose_result_the_disk_doesnt_take_can_be_cancelled(run, desk, analysis, work, full_disk, texts_left):
    async def scenario():
        async with desk() as jobs:
            tries = full_disk("result.json")
            job = await jobs.add(lambda: work)

            async def tried():
                return len(tries) > 1

            await until(tried)
            analysis.hold.clear()
            await jobs.cancel(job.id)
            await until(has(jobs, (await jobs.add(lambda: work)).id, "running"))
            assert texts_left() == ["input.json"]

    run(scenario())


def test_a_desk_without_a_usable_folder_says_so_and_the_runner_stays_up(run, desk, folder, work, caplog):
    async def scenario():
        folder.parent.write_text("in the way", "utf-8")
        async with desk() as jobs:
            with pytest.raises(StorageError):
                await jobs.add(lambda: work)
            await asyncio.sleep(0.1)
            folder.parent.unlink()
            await until(has(jobs, (await jobs.add(lambda: work)).id, "succeeded"))

    run(scenario())
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert len([record for record in caplog.records if record.name.endswith("runner")]) == 1


def test_a_job_keeps_the_analysis_it_began_with(run, desk, analysis, outcome, work):
    other = FakeAnalysis(Outcome(outcome.clustering, {"encoder": "another"}))
    current = [analysis]

    async def scenario():
        analysis.hold.clear()
        analysis.refusals = [OverloadedError(0.05)]
        async with desk(lambda: current[0]) as jobs:
            first = await jobs.add(lambda: work)
            await until(analysis.begun)
            current[0] = other
            second = await jobs.add(lambda: work)
            analysis.hold.set()
            await until(has(jobs, second.id, "succeeded"))
            assert (await jobs.outcome(first.id), await jobs.outcome(second.id)) == (outcome, other.outcome)

    run(scenario())
    assert (len(analysis.seen), len(other.seen)) == (1, 1)
