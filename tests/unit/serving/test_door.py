"""Whom the door lets in, and when it lets nobody in for a while."""

import errno
import os
import selectors
import socket
from collections import deque

import pytest

from nlp_service.serving import door, ports
from nlp_service.serving.door import Door
from nlp_service.serving.workers import Worker

CLIENTS = 5


@pytest.fixture
def selector():
    with selectors.DefaultSelector() as made:
        yield made


@pytest.fixture
def worker():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    made = Worker(0, os.getpid(), ours)
    made.ready_at = 1.0
    with ours, theirs:
        yield made


@pytest.fixture
def listener():
    (made,) = ports.bind("127.0.0.1", 0)
    yield made
    made.close()


@pytest.fixture
def opened(selector, worker, listener):
    """A door before one ready worker."""
    made = Door([listener], selector, deque([worker]))
    made.open()
    made.mind()
    yield made
    for connection in made._unplaced:
        connection.close()


@pytest.fixture
def clients(opened, listener):
    made = [socket.create_connection(listener.getsockname()) for _ in range(CLIENTS)]
    yield made
    for client in made:
        client.close()


def turn(selector, opened):
    """One of the supervisor's; the connections that the door was told of."""
    for key, _ in selector.select(0):
        key.data()
    opened.mind()


def is_minded(selector, listener):
    return listener.fileno() in selector.get_map()


def fail_to_accept(_listener):
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_without_descriptors_it_pauses_and_says_so_once(selector, opened, listener, clients, monkeypatch, caplog):
    monkeypatch.setattr(door, "PAUSE_S", 1_000.0)
    with monkeypatch.context() as trouble:
        trouble.setattr(ports, "waiting", fail_to_accept)
        for _ in range(100):
            turn(selector, opened)
    assert caplog.messages == ["can't accept connections: Too many open files"]
    assert not is_minded(selector, listener)


def test_after_the_pause_it_accepts_again(selector, opened, listener, clients, worker, monkeypatch):
    monkeypatch.setattr(door, "PAUSE_S", 0.0)
    with monkeypatch.context() as trouble:
        trouble.setattr(ports, "waiting", fail_to_accept)
        turn(selector, opened)
    given = []
    monkeypatch.setattr(Worker, "give", lambda _, connection: given.append(connection) or True)
    turn(selector, opened)
    assert len(given) == CLIENTS


def test_what_no_worker_takes_stays_in_the_backlog(selector, opened, listener, clients, monkeypatch):
    monkeypatch.setattr(Worker, "give", lambda *_: False)
    turn(selector, opened)
    assert len(opened._unplaced) == 1
    assert not is_minded(selector, listener)


def test_the_last_are_let_in_whether_a_worker_takes_them_or_not(opened, clients, monkeypatch):
    monkeypatch.setattr(Worker, "give", lambda *_: False)
    monkeypatch.setattr(ports, "SETTLE_S", 0.0)
    opened.close()
    assert opened.closed_at is not None
    assert len(opened._unplaced) == CLIENTS
    assert not opened.everybody_is_in
