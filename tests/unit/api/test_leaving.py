"""Clients that leave, half or wholly, over real sockets; and what those that stay must not feel of it."""

import re
import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn

BODY = '{"texts": ["我要退货"]}'.encode()
REQUEST = (
    b"POST /v1/reasons HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)
PATIENCE_S = 10


@pytest.fixture(params=["h11", "httptools"])
def connect(request, make_app):
    """Opens connections to a real server of the application."""
    if request.param == "httptools":
        pytest.importorskip("httptools")
    config = uvicorn.Config(make_app(), port=0, log_config=None, access_log=False, http=request.param)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    address = server.servers[0].sockets[0].getsockname()
    yield lambda: socket.create_connection(address, PATIENCE_S)
    server.should_exit = True
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def answers(connection, number):
    """The statuses of so many answers."""
    received = b""
    while received.count(b'"model":{') < number:
        part = connection.recv(65_536)
        assert part, received
        received += part
    return [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", received)]


@contextmanager
def waiting(connect, service, number):
    """So many connections, each with a request that is being worked on."""
    before = len(service.analysis.calls)
    with ExitStack() as stack:
        connections = [stack.enter_context(connect()) for _ in range(number)]
        for connection in connections:
            connection.sendall(REQUEST)
        until(lambda: len(service.analysis.calls) == before + number)
        yield connections


def test_work_for_twenty_clients_that_leave_is_dropped_and_the_next_is_served(connect, service, metric):
    service.analysis.delay_s = 60
    with waiting(connect, service, 20):
        assert metric("in_flight_requests") == 20
    until(lambda: metric("in_flight_requests") == 0)
    assert service.analysis.cancelled == 20
    assert metric("requests_total", route="/v1/reasons", method="POST", status="499") == 20
    service.analysis.delay_s = 0
    with connect() as connection:
        connection.sendall(REQUEST)
        assert answers(connection, 1) == [200]


def test_who_closes_the_sending_side_has_left(connect, service, metric):
    """The server closes the whole connection on its own; nobody could be answered any more."""
    service.analysis.delay_s = 60
    with waiting(connect, service, 1) as (connection,):
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1_000) == b""
        until(lambda: metric("requests_total", route="/v1/reasons", method="POST", status="499") == 1)


@pytest.mark.parametrize("delay_s", [0, 0.03])
def test_requests_sent_ahead_are_all_answered(connect, service, delay_s):
    """The first is being watched when the others arrive: that they do is no reason to stop."""
    service.analysis.delay_s = delay_s
    with connect() as connection:
        connection.sendall(REQUEST)
        time.sleep(0.015)
        connection.sendall(REQUEST * 2)
        assert answers(connection, 3) == [200] * 3
        connection.sendall(REQUEST)
        assert answers(connection, 1) == [200]
    assert service.analysis.cancelled == 0
