"""How a supervisor counts the silence of its workers."""

import signal
import socket

import pytest

from nlp_service.serving import supervisor
from nlp_service.serving.entrances import Word
from nlp_service.serving.supervisor import TURN_S, Supervisor
from nlp_service.serving.workers import HUNG_S, SILENT_S, Worker


class Watched(Worker):
    """Keeps the signals it would be sent."""

    __slots__ = ("signals",)

    def __init__(self, channel):
        super().__init__(0, 1, channel)
        self.signals = []

    def signal(self, number):
        self.signals.append(number)


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(supervisor, "monotonic", made)
    return made


@pytest.fixture
def watching(clock):
    """A supervisor, its only worker, and the worker's end of the channel."""
    made = Supervisor([], 1, lambda *_: 0, notice_s=0.0, drain_s=0.0, ended=lambda _: None)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    worker = Watched(ours)
    made._workers.append(worker)
    with made._selector, ours, theirs:
        yield made, worker, theirs


def let_pass(clock, watcher, seconds, turn_s=TURN_S):
    """Turn after turn of the supervisor."""
    until = clock.now + seconds
    while clock.now < until:
        clock.now += turn_s
        watcher._count_silence()


def test_a_worker_that_is_loading_may_be_silent(watching, clock):
    watcher, worker, _ = watching
    let_pass(clock, watcher, 2 * HUNG_S)
    assert (worker.silent_s, worker.signals) == (0.0, [])


def test_one_that_falls_silent_is_passed_over_until_it_is_heard_of(watching, clock, caplog):
    watcher, worker, theirs = watching
    worker.ready_at = clock.now
    let_pass(clock, watcher, SILENT_S + 1)
    assert not worker.takes_connections
    assert caplog.messages == ["worker 0 (process 1) isn't heard of: passed over"]
    theirs.send(Word.ALIVE)
    watcher._hear(worker)
    assert worker.takes_connections
    assert worker.signals == []


def test_one_that_is_never_heard_of_again_is_killed_once(watching, clock):
    watcher, worker, _ = watching
    worker.ready_at = clock.now
    let_pass(clock, watcher, HUNG_S + 1)
    assert worker.signals == [signal.SIGKILL]
    assert not worker.serves


def test_a_supervisor_that_was_held_up_itself_holds_it_against_nobody(watching, clock):
    watcher, worker, _ = watching
    worker.ready_at = clock.now
    let_pass(clock, watcher, 2 * HUNG_S, turn_s=2 * HUNG_S)
    assert worker.takes_connections


def test_one_without_descriptors_is_passed_over_until_its_next_word(watching, clock, caplog):
    watcher, worker, theirs = watching
    worker.ready_at = clock.now
    theirs.send(Word.FULL)
    watcher._hear(worker)
    let_pass(clock, watcher, 1)
    assert not worker.takes_connections
    theirs.send(Word.ALIVE)
    watcher._hear(worker)
    assert worker.takes_connections
    assert caplog.messages == []


def test_why_a_worker_cant_go_on_is_understood_behind_other_words(watching, clock):
    watcher, worker, theirs = watching
    worker.ready_at = clock.now
    theirs.send(Word.ALIVE + Word.FAILED + "grässlich".encode())
    watcher._hear(worker)
    assert worker.last_words == "grässlich"
    assert worker.asked_at is None
