"""Start-up under a real uvicorn: the port opens when the service is up, and a failure ends the process."""

import socket
import threading
import time
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn

from nlp_service.api.app import create_app
from nlp_service.errors import ArtifactError
from nlp_service.telemetry import Telemetry


def server_for(app):
    return uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on", access_log=False))


def port_of(server):
    (listener,) = server.servers[0].sockets
    return listener.getsockname()[1]


def test_a_failed_start_ends_the_server(caplog):
    @asynccontextmanager
    async def start():
        raise ArtifactError("models/encoder: the digest of model.onnx differs")
        yield

    with pytest.raises(SystemExit) as stop:
        uvicorn.run(create_app(start, telemetry=Telemetry()), port=0, log_config=None)
    assert stop.value.code not in (0, None)
    assert "the digest of model.onnx differs" in caplog.text


def test_a_real_server(make_app, service):
    server = server_for(make_app(max_body_bytes=1_000))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        url = f"http://127.0.0.1:{port_of(server)}"
        with httpx.Client(base_url=url) as client:
            assert client.get("/health/ready").status_code == 200
            json = {"content-type": "application/json"}
            chunks = (b" " * 500 for _ in range(200))
            assert client.post("/v1/reasons", content=chunks, headers=json).status_code == 413
            assert client.post("/v1/reasons", json={"texts": ["a"]}).status_code == 200
            service.analysis.failure = RuntimeError("SECRET")
            assert client.post("/v1/reasons", json={"texts": ["a"]}).status_code == 500
    finally:
        server.should_exit = True
        thread.join(timeout=10)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0
