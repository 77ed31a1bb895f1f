"""Jobs for those who submit them: kept, found by those who know the id, cancelled, removed in time."""

import errno
import hashlib
import os
import shutil
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nlp_service.contracts import Cluster
from nlp_service.errors import (
    InvalidInputError,
    JobDamagedError,
    JobUnfinishedError,
    NoResultError,
    NotFoundError,
    OverloadedError,
    ServiceError,
    StorageError,
)
from nlp_service.jobs import Shelf, Store, Work
from nlp_service.jobs.claims import take
from nlp_service.jobs.folder import AT_ONCE
from nlp_service.jobs.records import State


def succeeded(store, shelf, work, outcome):
    job = store.add(work)
    claim = take(shelf)
    claim.succeed(outcome)
    claim.release()
    return job.id


def test_a_job_is_kept_for_the_owner_only(store, folder, work):
    job = store.add(work)
    assert (job.status, job.questions, job.place, job.expires_at) == ("queued", 1, None, None)
    assert store.job(job.id) == job
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert {path.name for path in folder.iterdir()} == {job.id, ".lock"}


@pytest.mark.parametrize("count", [1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE + 7])
def test_the_work_is_kept_in_parts_and_whole(store, shelf, folder, make_work, count):
    earlier = Cluster("q-1", "发货", "[]\n", 1, 1.0, "enquiry", [], ["0"], 0.9, "born", position=(0.1, -0.2))
    work = replace(make_work(*(f"订单\n[]{row}," for row in range(count))), previous=[earlier], previous_sample=["\n"])
    job = store.add(work)
    kept = (folder / job.id / "input.json").read_bytes()
    assert max(line.count(b'"id"') for line in kept.splitlines()) <= AT_ONCE
    assert TypeAdapter(Work).validate_json(kept) == work
    claim = take(shelf)
    assert claim.work() == work
    claim.release()


def test_work_that_an_earlier_version_took_in_is_read_and_known_again(store, shelf, folder, make_work):
    work = make_work(*map(str, range(2 * AT_ONCE)))
    first = store.add(work, "key")
    state = TypeAdapter(State).validate_json((folder / first.id / "status.json").read_bytes())
    in_a_line = TypeAdapter(Work).dump_json(work)
    assert state.fingerprint == hashlib.sha256(in_a_line).hexdigest()
    (folder / first.id / "input.json").write_bytes(in_a_line)
    claim = take(shelf)
    assert claim.work() == work
    claim.release()


def test_ids_of_jobs_are_long_and_differ(store, work):
    ids = {store.add(work).id for _ in range(4)}
    assert len(ids) == 4
    assert {len(name) for name in ids} == {43}


def test_the_result_is_there_once_the_job_succeeded_and_the_texts_are_not(store, shelf, work, outcome, texts_left):
    job = store.add(work)
    with pytest.raises(JobUnfinishedError, match="queued"):
        store.outcome(job.id)
    claim = take(shelf)
    with pytest.raises(JobUnfinishedError, match="running"):
        store.outcome(job.id)
    assert texts_left() == ["input.json"]
    claim.succeed(outcome)
    assert store.outcome(job.id) == outcome
    finished = store.job(job.id)
    assert (finished.status, finished.error) == ("succeeded", None)
    assert finished.expires_at == finished.finished_at + timedelta(seconds=60)
    assert texts_left() == ["result.json"]
    claim.release()


@given(
    name=st.one_of(st.text(), st.sampled_from(["..", ".lock", ".secret", "a" * 43, "../" * 14 + "a", "a" * 42 + "\n"]))
)
def test_an_id_that_was_never_given_is_not_found(tmp_path_factory, name):
    store = Store(Shelf(Path(tmp_path_factory.getbasetemp()) / "nothing"), ttl_s=60)
    for ask in (store.job, store.outcome, store.cancel):
        with pytest.raises(NotFoundError):
            ask(name)


def test_the_same_key_gets_the_same_job_at_any_time(store, shelf, work, make_work, outcome):
    first = store.add(work, "订单-1")
    assert store.add(work, "订单-1") == first
    assert store.add(work, "订单-2").id != first.id
    claim = take(shelf)
    claim.succeed(outcome)
    claim.release()
    assert store.add(work, "订单-1").status == "succeeded"
    with pytest.raises(InvalidInputError, match="other questions"):
        store.add(make_work("七天内可以退吗"), "订单-1")


def test_a_key_alone_doesnt_tell_the_id(tmp_path, work):
    ids = [Store(Shelf(tmp_path / name), ttl_s=60).add(work, "key").id for name in ("one", "other")]
    assert ids[0] != ids[1]


def test_submissions_at_once_with_one_key_make_one_job(store, folder, work):
    start = threading.Barrier(6)

    def submit(_):
        start.wait()
        return Store(Shelf(folder), ttl_s=60).add(work, "key").id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(submit, range(6)))) == 1
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == {store.add(work, "key").id}
    assert not [path.name for path in folder.iterdir() if path.name.startswith((".draft", ".gone"))]


def test_too_many_unfinished_jobs_are_refused_until_one_ends(store, shelf, work, outcome):
    ids = [store.add(work, str(number)).id for number in range(4)]
    with pytest.raises(OverloadedError):
        store.add(work)
    assert store.add(work, "0").id == ids[0]
    store.cancel(ids[0])
    succeeded_later = take(shelf)
    store.add(work)
    with pytest.raises(OverloadedError):
        store.add(work)
    succeeded_later.succeed(outcome)
    store.add(work)


@pytest.mark.parametrize("taken", [False, True])
def test_a_cancelled_job_leaves_no_text_and_no_result(store, shelf, work, outcome, texts_left, taken):
    job = store.add(work)
    claim = take(shelf) if taken else None
    ended = store.cancel(job.id)
    assert (ended.status, texts_left()) == ("cancelled", [])
    if claim is not None:
        assert claim.report(None) is False
        claim.succeed(outcome)
        claim.fail(ServiceError)
        claim.put_back()
        claim.release()
    assert store.cancel(job.id) == store.job(job.id) == ended
    assert texts_left() == []
    assert take(shelf) is None
    with pytest.raises(NoResultError, match="cancelled"):
        store.outcome(job.id)


def test_a_cancelled_job_keeps_its_key(store, work):
    ended = store.cancel(store.add(work, "key").id)
    assert store.add(work, "key") == ended


@pytest.mark.parametrize("ending", ["succeeded", "failed"])
def test_nothing_is_left_of_a_finished_job_that_is_removed(store, shelf, folder, work, make_work, outcome, ending):
    job = store.add(work, "key")
    claim = take(shelf)
    if ending == "succeeded":
        claim.succeed(outcome)
    else:
        claim.fail(ServiceError)
    claim.release()
    assert store.cancel(job.id) is None
    assert {path.name for path in folder.iterdir()} == {".lock", ".secret"}
    for ask in (store.job, store.outcome, store.cancel):
        with pytest.raises(NotFoundError):
            ask(job.id)
    again = store.add(make_work("七天内可以退吗"), "key")
    assert (again.status, again.created_at > job.created_at) == ("queued", True)


def test_one_of_many_removals_at_once_removes(shelf, store, folder, work, outcome):
    name = succeeded(store, shelf, work, outcome)
    start = threading.Barrier(6)

    def remove(_):
        start.wait()
        try:
            return Store(Shelf(folder), ttl_s=60).cancel(name)
        except NotFoundError:
            return "not found"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(map(str, pool.map(remove, range(6)))) == ["None", *["not found"] * 5]


def test_submissions_and_removals_at_once_never_fail_and_leave_one_job_or_none(shelf, folder, work, outcome):
    start = threading.Barrier(4)

    def act(number):
        start.wait()
        store = Store(shelf, ttl_s=0 if number == 3 else 60)
        for _ in range(25):
            name = store.add(work, "key").id
            if (claim := take(shelf)) is not None:
                claim.succeed(outcome)
                claim.release()
            with suppress(NotFoundError, JobUnfinishedError, NoResultError):
                assert store.outcome(name) == outcome
            if number == 3:
                store.sweep()
            elif number:
                with suppress(NotFoundError):
                    store.cancel(name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(4)))
    assert len(list(folder.glob("[!.]*"))) <= 1


def test_who_worked_on_a_removed_job_has_no_say_in_the_next_one_of_its_id(store, shelf, folder, work, outcome):
    name = store.add(work, "key").id
    before = take(shelf)
    (folder / name / "status.json").write_bytes(b"")
    assert store.cancel(name) is None
    store.add(work, "key")
    now = take(shelf)
    assert (before.id, before.report(None), now.report(None)) == (now.id, False, True)
    before.succeed(outcome)
    assert store.job(name).status == "running"


def test_a_sweep_leaves_the_job_that_took_the_place_of_an_expired_one(shelf, work, outcome, monkeypatch):
    store = Store(shelf, ttl_s=0)
    name = store.add(work, "key").id
    claim = take(shelf)
    claim.succeed(outcome)
    claim.release()
    changing = shelf.changing

    def replaced():
        monkeypatch.setattr(shelf, "changing", changing)
        store.cancel(name)
        store.add(work, "key")
        return changing()

    monkeypatch.setattr(shelf, "changing", replaced)
    store.sweep()
    assert store.job(name).status == "queued"


def test_finished_jobs_are_removed_when_their_time_is_up_and_unfinished_ones_are_not(
    shelf, folder, work, outcome, texts_left
):
    patient, hasty = Store(shelf, ttl_s=60), Store(shelf, ttl_s=0)
    name = succeeded(patient, shelf, work, outcome)
    waiting = patient.add(work)
    patient.sweep()
    assert patient.outcome(name) == outcome
    hasty.sweep()
    with pytest.raises(NotFoundError):
        patient.job(name)
    assert patient.job(waiting.id) == waiting
    assert texts_left() == ["input.json"]


def test_what_a_process_left_behind_is_swept_away(store, folder, work):
    job = store.add(work)
    for name in (".draft-old", ".draft-new", ".gone-x"):
        (folder / name).mkdir()
    os.utime(folder / ".draft-old", (0, 0))
    store.sweep()
    assert {path.name for path in folder.iterdir()} == {job.id, ".lock", ".draft-new"}


@pytest.mark.parametrize("content", [b"", b'{"status": "que', b"\xff\x00", b'{"status": "lost"}', None])
def test_a_job_whose_status_cant_be_made_out_has_failed_with_one_warning(
    store, shelf, folder, work, caplog, texts_left, content
):
    job = store.add(work)
    status = folder / job.id / "status.json"
    if content is None:
        status.unlink()
    else:
        status.write_bytes(content)
    for _ in range(2):
        assert (store.job(job.id).status, store.job(job.id).error) == ("failed", "JobDamagedError")
    assert take(shelf) is None
    assert texts_left() == []
    (record,) = caplog.records
    assert (record.levelname, job.id in record.getMessage()) == ("WARNING", False)
    with pytest.raises(NoResultError):
        store.outcome(job.id)


def test_a_result_that_cant_be_made_out_says_so_without_its_text(store, shelf, folder, work, outcome):
    name = succeeded(store, shelf, work, outcome)
    result = folder / name / "result.json"
    result.write_bytes(result.read_bytes()[:-9])
    with pytest.raises(JobDamagedError) as refusal:
        store.outcome(name)
    assert "4711" not in str(refusal.value)


def test_a_folder_that_cant_be_made_is_told_without_its_path(tmp_path, work):
    (tmp_path / "file").write_text("", "utf-8")
    store = Store(Shelf(tmp_path / "file" / "jobs"), ttl_s=60)
    with pytest.raises(StorageError) as refusal:
        store.add(work)
    assert str(tmp_path) not in str(refusal.value)


def test_a_full_disk_refuses_a_job_and_leaves_nothing_of_it(store, folder, work, monkeypatch, texts_left):
    first = store.add(work)

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left on device"):
            store.add(work)
    assert {path.name for path in folder.iterdir()} == {first.id, ".lock"}


def test_a_folder_that_was_removed_is_an_empty_one(store, shelf, folder, work, outcome):
    job = store.add(work)
    claim = take(shelf)
    shutil.rmtree(folder)
    assert claim.report(None) is False
    with pytest.raises(StorageError):
        claim.succeed(outcome)
    claim.release()
    with pytest.raises(NotFoundError):
        store.job(job.id)
    assert take(shelf) is None
    assert store.job(store.add(work).id).status == "queued"
