"""A shelf in an empty folder, and some work for it."""

import errno
import os
from pathlib import Path

import pytest

from nlp_service.contracts import Cluster, Clustering, QuestionItem
from nlp_service.jobs import Outcome, Shelf, Store, Work
from nlp_service.jobs.claims import take

SECRET = "我的订单4711怎么还没发货"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state" / "jobs"


@pytest.fixture
def shelf(folder):
    return Shelf(folder)


@pytest.fixture
def store(shelf):
    return Store(shelf, ttl_s=60, max_waiting=4)


@pytest.fixture
def make_work():
    """Work whose questions have these texts."""
    return lambda *texts: Work([QuestionItem(str(row), text) for row, text in enumerate(texts or (SECRET,))])


@pytest.fixture
def work(make_work):
    return make_work()


@pytest.fixture
def outcome():
    cluster = Cluster("q-1", "发货", SECRET, 1, 1.0, "enquiry", ["发货"], ["0"], 0.9, "born", position=(0.1, -0.2))
    return Outcome(Clustering([cluster], ["7"]), {"encoder": "e"})


@pytest.fixture
def as_if_killed(shelf):
    """Takes the next job and lets go of it as the end of the process would: without a word."""

    def take_and_vanish():
        claim = take(shelf)
        if claim is not None:
            claim.release()
        return claim

    return take_and_vanish


@pytest.fixture
def full_disk(monkeypatch):
    """Makes the disk full, for a while: for files of this name and as many attempts to write them."""

    def fill(name="", times=1_000_000):
        sync, tries = os.fsync, []

        def fsync(descriptor):
            if name in Path(f"/proc/self/fd/{descriptor}").readlink().name and len(tries) < times:
                tries.append(descriptor)
                raise OSError(errno.ENOSPC, "full")
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        return tries

    return fill


@pytest.fixture
def texts_left(folder):
    """The names of the files that hold the customer's text."""

    def search():
        return sorted(path.name for path in folder.rglob("*") if path.is_file() and b"4711" in path.read_bytes())

    return search
