"""What a worker tells its supervisor, in so many words."""

import asyncio
import os
import socket
from contextlib import contextmanager

import pytest

from nlp_service.serving import entrances
from nlp_service.serving.departure import Departure
from nlp_service.serving.entrances import Handover, Word
from nlp_service.serving.workers import Worker

resource = pytest.importorskip("resource")


@pytest.fixture
def channel():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


@contextmanager
def no_descriptors_left():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def heard(channel, *words):
    """The words that come until all of these have."""
    said = b""
    while not all(word in said for word in words):
        said += await asyncio.get_running_loop().sock_recv(channel, 100)
    return said


def test_a_worker_says_again_and_again_that_it_is_alive(run, channel, monkeypatch):
    monkeypatch.setattr(entrances, "BEAT_S", 0.01)

    async def scenario():
        ours, theirs = channel
        await Handover(theirs, Departure(notice_s=0.0, drain_s=0.0)).open(asyncio.Protocol)
        assert (await heard(ours, Word.READY, Word.ALIVE * 3)).startswith(Word.READY)

    run(scenario())


def test_a_worker_without_descriptors_says_so_and_what_it_lost(run, channel, caplog):
    made = []

    def connection():
        made.append(asyncio.Protocol())
        return made[-1]

    async def scenario():
        ours, theirs = channel
        await Handover(theirs, Departure(notice_s=0.0, drain_s=0.0)).open(connection)
        worker = Worker(0, os.getpid(), ours)
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname()),
            listener.accept()[0] as arrival,
        ):
            with no_descriptors_left():
                assert worker.give(arrival)
                await heard(ours, Word.FULL)
            assert made == []
            assert caplog.messages == ["a connection is lost: no descriptors left"]
            assert worker.give(arrival)  # another, later
            while not made:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    run(scenario())
