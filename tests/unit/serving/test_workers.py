"""What a supervisor decides about its workers."""

import socket

import pytest

from nlp_service.cli.serve import share
from nlp_service.serving.entrances import Word
from nlp_service.serving.workers import FIRST_PAUSE_S, LONGEST_PAUSE_S, SILENT_S, STEADY_S, Pauses, Worker


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield Worker(0, 1, ours), theirs
    ours.close()
    theirs.close()


def test_pauses_grow_to_a_limit_and_begin_anew_after_a_steady_life():
    pauses = Pauses()
    assert [pauses.after(0, 0.0) for _ in range(7)] == [1, 2, 4, 8, 16, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert pauses.after(1, 0.0) == FIRST_PAUSE_S
    assert pauses.after(0, STEADY_S) == FIRST_PAUSE_S
    assert pauses.after(0, STEADY_S - 1) == 2 * FIRST_PAUSE_S


@pytest.mark.parametrize(("cpus", "workers", "shares"), [(2, 2, [1, 1]), (5, 2, [3, 2]), (1, 3, [1, 1, 1])])
def test_workers_share_the_cpus(cpus, workers, shares):
    assert [share(cpus, of=workers, slot=slot) for slot in range(workers)] == shares


def test_a_worker_takes_connections_from_ready_to_retired(pair):
    worker, theirs = pair
    assert not worker.takes_connections
    worker.ready_at = 1.0
    assert worker.takes_connections
    worker.retire()
    assert not worker.takes_connections
    assert theirs.recv(10) == Word.NO_MORE


def test_a_silent_worker_is_passed_over_but_still_serves(pair):
    worker, _ = pair
    worker.ready_at = 1.0
    worker.silent_s = SILENT_S
    assert not worker.takes_connections
    assert worker.serves
    worker.silent_s = 0.0
    assert worker.takes_connections


def test_a_full_channel_refuses_connections_and_keeps_words_for_later(pair):
    worker, theirs = pair
    with socket.socket() as connection:
        given = 0
        while worker.give(connection):
            given += 1
    worker.tell(Word.FURTHER, Word.NO_MORE)
    received = b""
    while len(received) < given + 2:
        received += theirs.recv(1)
        worker.flush()
    assert received == Word.CONNECTION * given + Word.FURTHER + Word.NO_MORE


def test_a_worker_that_is_gone_takes_nothing(pair):
    worker, theirs = pair
    theirs.close()
    with socket.socket() as connection:
        assert not worker.give(connection)
    worker.tell(Word.FURTHER)
