"""Jobs for those who work on them: one worker each, in order of arrival, and never for ever."""

import errno
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from nlp_service.errors import EncodingError, JobDamagedError, StorageError
from nlp_service.jobs import Shelf, Store, claims
from nlp_service.jobs.claims import MAX_ATTEMPTS, MAX_SETBACKS, take
from nlp_service.jobs.records import Place


def test_jobs_are_taken_in_the_order_they_came_each_by_one(store, shelf, work):
    ids = [store.add(work).id for _ in range(3)]
    claims = [take(shelf), take(Shelf(shelf.folder)), take(shelf)]
    assert [claim.id for claim in claims] == ids
    assert take(shelf) is None
    claims[1].release()
    assert take(shelf).id == ids[1]


def test_a_job_is_left_to_the_process_that_works_on_it_until_that_is_killed(store, shelf, work):
    job = store.add(work)
    code = (
        "import sys; from pathlib import Path; from nlp_service.jobs import Shelf; from nlp_service.jobs.claims import "
        "take; claim = take(Shelf(Path(sys.argv[1]))); print(claim.id, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(shelf.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline().strip() == job.id
        assert (store.job(job.id).status, take(shelf)) == ("running", None)
        other.kill()
    claim = take(shelf)
    assert claim.id == job.id
    assert claim.work() == work


def test_how_far_it_is_can_be_seen_by_all(store, shelf, work):
    job = store.add(work)
    claim = take(shelf)
    assert claim.report(None) is True
    assert store.job(job.id).place is None
    assert claim.report(Place("encoding", 512, 1000)) is True
    assert Store(Shelf(shelf.folder), ttl_s=60).job(job.id).place == Place("encoding", 512, 1000)
    claim.release()
    take(shelf)
    assert store.job(job.id).place is None


def test_a_job_that_ends_the_process_each_time_is_given_up(store, shelf, work, as_if_killed, caplog, texts_left):
    job = store.add(work)
    started = {store.job(as_if_killed().id).started_at for _ in range(MAX_ATTEMPTS)}
    assert len(started) == 1
    assert as_if_killed() is None
    assert (store.job(job.id).status, store.job(job.id).error) == ("failed", "JobAbandonedError")
    assert texts_left() == []
    (record,) = caplog.records
    assert record.levelname == "WARNING"


def test_a_job_may_be_put_back_any_number_of_times(store, shelf, work, outcome):
    job = store.add(work)
    for _ in range(2 * MAX_ATTEMPTS):
        claim = take(shelf)
        claim.put_back()
        claim.release()
        assert store.job(job.id).status == "queued"
    take(shelf).succeed(outcome)
    assert store.outcome(job.id) == outcome


def set_back(shelf):
    claim = take(shelf)
    claim.set_back(StorageError)
    claim.release()
    return claim.id


def test_a_job_that_is_set_back_keeps_its_texts_and_lets_others_go_first_for_a_while(
    store, shelf, work, outcome, monkeypatch, texts_left
):
    first, second = store.add(work), store.add(work)
    assert set_back(shelf) == first.id
    assert (store.job(first.id).status, texts_left()) == ("queued", ["input.json", "input.json"])
    claim = take(shelf)
    assert claim.id == second.id
    claim.succeed(outcome)
    claim.release()
    assert take(shelf) is None
    monkeypatch.setattr(claims, "REST_S", 0.0)
    claim = take(shelf)
    assert claim.id == first.id
    assert claim.work() == work


def test_each_rest_is_longer_up_to_a_limit_and_a_clock_that_goes_back_ends_it(store, shelf, work, monkeypatch):
    store.add(work)
    clock = now = claims.now()
    monkeypatch.setattr(claims, "now", lambda: clock)
    for rest in (5, 10, 20, 40, 80, 160, 320, 640, 900, 900):
        set_back(shelf)
        set_back_at = clock
        clock = set_back_at + timedelta(seconds=rest - 1)
        assert take(shelf) is None
        clock = set_back_at + timedelta(seconds=rest)
    set_back(shelf)
    clock = now - timedelta(days=1)
    assert take(shelf) is not None


def test_a_job_is_set_back_very_often_before_it_has_failed(store, shelf, work, monkeypatch, texts_left, caplog):
    monkeypatch.setattr(claims, "REST_S", 0.0)
    assert MAX_SETBACKS > 10 * MAX_ATTEMPTS
    job = store.add(work)
    for _ in range(MAX_SETBACKS):
        set_back(shelf)
        assert store.job(job.id).status == "queued"
    set_back(shelf)
    assert (store.job(job.id).status, store.job(job.id).error) == ("failed", "StorageError")
    assert texts_left() == []
    (record,) = caplog.records
    assert record.levelname == "WARNING"


def test_a_result_that_the_disk_doesnt_take_leaves_nothing_and_the_texts_stay(
    store, shelf, work, outcome, full_disk, texts_left
):
    job = store.add(work)
    claim = take(shelf)
    full_disk("result.json", times=1)
    with pytest.raises(StorageError, match="No space left on device"):
        claim.succeed(outcome)
    assert (store.job(job.id).status, texts_left()) == ("running", ["input.json"])
    claim.succeed(outcome)
    assert store.outcome(job.id) == outcome


def test_a_job_that_failed_keeps_no_result_either(store, shelf, work, outcome, full_disk, texts_left):
    """The result was written, and then the disk was full for the note that it was."""
    job = store.add(work)
    claim = take(shelf)
    full_disk("status.json", times=1)
    with pytest.raises(StorageError):
        claim.succeed(outcome)
    assert texts_left() == ["input.json", "result.json"]
    claim.fail(EncodingError)
    assert (store.job(job.id).status, texts_left()) == ("failed", [])


def test_a_lack_of_file_descriptors_isnt_taken_for_an_end_of_the_process(store, shelf, folder, work, monkeypatch):
    job = store.add(work)
    opened, missing = os.open, 2 * MAX_ATTEMPTS

    def flooded(path, *flags, **named):
        nonlocal missing
        if path == folder / job.id and missing:
            missing -= 1
            raise OSError(errno.EMFILE, "flooded")
        return opened(path, *flags, **named)

    monkeypatch.setattr(os, "open", flooded)
    for _ in range(2 * MAX_ATTEMPTS):
        with pytest.raises(StorageError, match="Too many open files"):
            take(shelf)
        assert store.job(job.id) == job
    assert take(shelf).id == job.id


def test_a_failed_job_names_its_error_and_keeps_no_text(store, shelf, work, texts_left):
    job = store.add(work)
    take(shelf).fail(EncodingError)
    assert (store.job(job.id).status, store.job(job.id).error) == ("failed", "EncodingError")
    assert texts_left() == []


def test_work_that_cant_be_made_out(store, shelf, folder, work):
    job = store.add(work)
    (folder / job.id / "input.json").write_text('{"questions": [{"id": "1", "text": "4711', "utf-8")
    with pytest.raises(JobDamagedError, match=r"^input.json can't be made out$"):
        take(shelf).work()


def test_what_a_process_left_untidy_is_tidied(store, shelf, folder, work, outcome, texts_left):
    """The process ended between the status and the removal of the texts."""
    job = store.add(work)
    texts = (folder / job.id / "input.json").read_bytes()
    claim = take(shelf)
    claim.succeed(outcome)
    claim.release()
    (folder / job.id / "input.json").write_bytes(texts)
    assert take(shelf) is None
    assert store.outcome(job.id) == outcome
    assert texts_left() == ["result.json"]
