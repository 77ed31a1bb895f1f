"""The real server as a process of its own, with the shipped models, and the real command line."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

START_SECONDS = 60
STOP_SECONDS = 30
REQUEST_SECONDS = 60
PROGRAM = [sys.executable, "-m", "nlp_service"]
LISTENING = re.compile(r"Uvicorn running on (http://[\d.]+:\d+)")
TRANSCRIPTS = Path(__file__).parent.parent / "fixtures" / "transcripts.jsonl"


class Server:
    """`nlp-service serve` on a free port; it logs everything there is to log.

    Attributes:
        client: an HTTP client for it.
    """

    def __init__(self, folder, *flags):
        self._log = folder / "server.log"
        command = [*PROGRAM, "serve", "--port", "0", "--log-level", "debug", "--jobs", str(folder / "jobs")]
        command += map(str, flags)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            self.client = httpx.Client(base_url=self._address(), timeout=REQUEST_SECONDS)
            self._wait_until_ready()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    @property
    def log(self):
        """Everything it has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def post(self, path, **body):
        return self.client.post(path, json=body)

    def answer(self, path, **body):
        """The JSON of an answer that must be 200."""
        response = self.post(path, **body)
        assert response.status_code == 200, response.text
        return response.json()

    def metrics(self):
        return self.client.get("/metrics").text

    def hang_up(self):
        """Ask it to read the contact-reason model again."""
        self._process.send_signal(signal.SIGHUP)

    def terminate(self):
        """Ask it to end; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def close(self):
        self.client.close()
        self._process.kill()
        self._process.wait()

    def _address(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = LISTENING.search(self.log)
            if found:
                return found[1]
            assert self._process.poll() is None, f"the server ended at start-up:\n{self.log}"
            time.sleep(0.05)
        raise AssertionError(f"the server doesn't listen:\n{self.log}")

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while self.client.get("/health/ready").status_code != 200:
            assert time.monotonic() < deadline, f"the server doesn't get ready:\n{self.log}"
            time.sleep(0.05)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server that tests share; they leave it as they found it."""
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


@pytest.fixture
def start_server(tmp_path):
    """Starts a server with the flags given, for this test alone."""
    servers = []

    def start(*flags):
        servers.append(Server(tmp_path, *flags))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def command_line(tmp_path):
    """Runs `nlp-service` with these arguments in an empty folder."""

    def run(*arguments, **environment):
        return subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def transcripts_file():
    return TRANSCRIPTS


@pytest.fixture(scope="session")
def transcripts():
    return [json.loads(line) for line in TRANSCRIPTS.read_text(encoding="utf-8").splitlines()]
