"""Opening and closing ports."""

import socket
import sys
import threading

import pytest

from nlp_service.cli.serve import serve
from nlp_service.errors import ConfigurationError
from nlp_service.serving import ports


@pytest.fixture
def listener():
    (listener,) = ports.bind("127.0.0.1", 0)
    yield listener
    listener.close()


def test_a_bound_port_refuses_until_it_listens(listener):
    with socket.socket() as client:
        assert client.connect_ex(listener.getsockname()) != 0
    listener.listen(ports.BACKLOG)
    with socket.create_connection(listener.getsockname()) as client:
        (accepted,) = ports.waiting(listener)
        with accepted:
            assert accepted.getpeername() == client.getsockname()
    assert ports.url(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_port_in_use_is_said_in_one_line(listener):
    listener.listen()
    port = listener.getsockname()[1]
    with pytest.raises(ConfigurationError, match=rf"^can't listen on 127\.0\.0\.1:{port}: Address already in use$"):
        ports.bind("127.0.0.1", port)


def test_a_host_that_isnt_here_is_said_too():
    with pytest.raises(ConfigurationError, match=r"can't listen on host\.invalid:80"):
        ports.bind("host.invalid", 80)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters a listening socket")
def test_newcomers_are_refused_and_those_at_the_door_are_let_in(listener):
    listener.listen(ports.BACKLOG)
    address = listener.getsockname()
    with socket.create_connection(address) as early:
        early.sendall(b"hello")
        ports.refuse_newcomers(listener)
        with pytest.raises(TimeoutError):
            socket.create_connection(address, timeout=0.2)
        late = threading.Thread(target=lambda: outcomes.append(_connect(address)))
        outcomes = []
        late.start()
        (accepted,) = ports.waiting(listener)
        listener.close()
        with accepted:
            accepted.setblocking(True)
            assert accepted.recv(10) == b"hello"
        late.join()
    assert outcomes == [ConnectionRefusedError]


def test_serving_begins_with_as_many_connections_allowed_as_can_be(monkeypatch):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    monkeypatch.setattr(ports, "bind", _refuse)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[1]), before[1]))
        with pytest.raises(ConfigurationError):
            serve.main(["--port", "0"], standalone_mode=False)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _refuse(*_):
    raise ConfigurationError("no port today")


def _connect(address):
    try:
        socket.create_connection(address, timeout=10).close()
    except OSError as error:
        return type(error)
    return None
