"""A server of the load test's own: a process started by its command line, on a free port of this machine."""

import asyncio
import contextlib
import ipaddress
import os
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from load_tests.http_client import Client, status_of

HOST = "127.0.0.1"
START_S = 120.0
STOP_S = 90.0
POLL_S = 0.05
LOG_LINES = 3


class LoadTestError(Exception):
    """What keeps a scenario from running: one line for the terminal."""


@dataclass
class Target:
    """A running server.

    Attributes:
        process: its process, if it is our own.
        exit_code: what that ended with, after SIGTERM; None while it runs.
    """

    host: str
    port: int
    process: asyncio.subprocess.Process | None = None
    exit_code: int | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process id, if it is our own."""
        return self.process.pid if self.process else None

    def client(self) -> Client:
        """A client of its own."""
        return Client(self.host, self.port)


def default_command() -> str:
    """`nlp-service serve`, as installed beside the Python that runs this, or else on the PATH."""
    beside = shutil.which("nlp-service", path=str(Path(sys.executable).parent))
    return f"{shlex.quote(beside or 'nlp-service')} serve"


async def flags_of(command: str) -> str:
    """The server's help, in which a flag can be looked for."""
    process = await _start([*shlex.split(command), "--help"], asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return output.decode("utf-8", "replace")


@asynccontextmanager
async def serving(command: str, options: Sequence[str], log: Path) -> AsyncIterator[Target]:
    """Start a server, wait until it is ready, and in the end stop it with SIGTERM and note its exit code.

    Raises:
        LoadTestError: if it doesn't become ready.
    """
    with tempfile.TemporaryDirectory(prefix="load-test-jobs-") as jobs, log.open("ab") as output:
        port = free_port()
        own = ["--host", HOST, "--port", str(port), "--jobs", jobs]
        process = await _start([*shlex.split(command), *own, *options], output.fileno())
        target = Target(HOST, port, process)
        try:
            await _ready(target, log)
            yield target
        finally:
            target.exit_code = await _stop(process)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def target_of(url: str, *, allow_remote: bool) -> Target:
    """A server that runs already.

    Raises:
        LoadTestError: if the URL isn't one of plain HTTP, or of another machine and that wasn't allowed.
    """
    whole = url if "//" in url else f"http://{url}"
    host = host_of("--against", whole, allow_remote=allow_remote)
    try:
        port = urlsplit(whole).port
    except ValueError:
        port = -1
    if port == -1 or not whole.startswith("http://"):
        raise LoadTestError(f"--against {url}: give http://HOST:PORT")
    return Target(host, 80 if port is None else port)


def host_of(option: str, url: str, *, allow_remote: bool) -> str:
    """The host that a URL names.

    Raises:
        LoadTestError: if there is none, or it is another machine and that wasn't allowed.
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:  # a bracket that doesn't close
        host = None
    if not host:
        raise LoadTestError(f"{option} {url}: give http://HOST:PORT")
    if not allow_remote and not is_here(host):
        raise LoadTestError(
            f"{option} {url}: not an address of this machine (--allow-remote, if that one is yours too)"
        )
    return host


def is_here(host: str) -> bool:
    """Whether a host name stands for this machine, by whether its address can be listened on."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        if ipaddress.ip_address(address[0]).is_unspecified:
            return False
        with socket.socket(family) as listener:
            listener.bind(address)
    except OSError:
        return False
    return True


async def _start(command: Sequence[str], output: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=asyncio.subprocess.STDOUT
        )
    except OSError as error:
        raise LoadTestError(f"{command[0]}: {error.strerror}; --serve says how to start the server") from None


async def _ready(target: Target, log: Path) -> None:
    """Wait for the readiness probe."""
    assert target.process is not None
    client, deadline = target.client(), time.monotonic() + START_S
    while await status_of(client, "/health/ready") != 200:
        if target.process.returncode is not None:
            raise LoadTestError(
                f"the server ended at its start with exit code {target.process.returncode}: {_end(log)}"
            )
        if time.monotonic() > deadline:
            raise LoadTestError(f"the server wasn't ready within {START_S:.0f} s: {_end(log)}")
        await asyncio.sleep(POLL_S)
    client.close()


async def _stop(process: asyncio.subprocess.Process) -> int:
    """End it well; a server that stays is killed, which its exit code then shows."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        return await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        return await process.wait()


def _end(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return " | ".join(line.strip() for line in lines[-LOG_LINES:]) or "it said nothing"
