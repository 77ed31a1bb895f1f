"""A toy server as a process of its own, and clients that count what they get for what they send."""

import asyncio
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

TOY = Path(__file__).with_name("toy_server.py")
START_SECONDS = 60
STOP_SECONDS = 30


class Toy:
    """A running toy server; see `toy_server.py`.

    Attributes:
        folder: where it is told of troubles.
        port: where it listens.
        process: the one that was started.
    """

    def __init__(self, folder, workers, notice_s, drain_s):
        self.folder = folder
        self._log = folder / "log"
        with self._log.open("wb") as log:
            command = [sys.executable, str(TOY), str(workers), str(notice_s), str(drain_s), str(folder)]
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        self.port = None

    @property
    def workers(self):
        """The process ids of those that were ready, by slot; the last of each."""
        return {int(slot): int(pid) for slot, pid in re.findall(r"worker (\d+) is ready: process (\d+)", self.log)}

    @property
    def log(self):
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, pattern):
        """The first match in the log."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = re.search(pattern, self.log)
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"no {pattern!r} in the log:\n{self.log}")

    def started(self):
        self.port = int(self.wait_for(r"running on http://127\.0\.0\.1:(\d+)")[1])
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def ended(self):
        """The exit code, and how long it took."""
        began = time.monotonic()
        return self.process.wait(STOP_SECONDS), time.monotonic() - began

    def close(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start_toy(tmp_path):
    toys = []

    def start(workers, notice_s=0.0, drain_s=10.0, *, started=True):
        folder = tmp_path / str(len(toys))
        folder.mkdir(exist_ok=True)
        toys.append(Toy(folder, workers, notice_s, drain_s))
        return toys[-1].started() if started else toys[-1]

    yield start
    for toy in toys:
        toy.close()


@pytest.fixture(scope="session")
def client_of():
    """Makes a `Client` for a port."""
    return Client


@pytest.fixture(scope="session")
def ask():
    """Asks once, on a connection of its own: `await ask(port, path)`; see `Client.ask`."""

    async def ask_once(port, path="/", **options):
        async with Client(port) as client:
            return await client.ask(path, **options)

    return ask_once


@pytest.fixture(scope="session")
def traffic():
    """Sends requests until refused: `await traffic(port, stop)`."""
    return send_traffic


class Client:
    """One HTTP/1.1 connection at a time, which it keeps as long as the server lets it."""

    def __init__(self, port):
        self._port = port
        self._reader = self._writer = None

    async def ask(self, path="/", *, pause_s=0.0):
        """Status, headers and body of an answer; None if the connection was refused, so that nothing was sent.

        Args:
            pause_s: before the request, and between its first half and its second.
        """
        if self._writer is None:
            try:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                return None
        await asyncio.sleep(pause_s)
        for half in (f"POST {path} HTTP/1.1\r\nhost: x\r\n", "content-length: 2\r\n\r\nhi"):
            self._writer.write(half.encode())
            await self._writer.drain()
            await asyncio.sleep(pause_s)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await self._reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            await self.close()
        return int(head[0].split()[1]), headers, body

    async def close(self):
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.close()


async def send_traffic(port, stop, *, keep_alive=12, fresh=6, slow=4):
    """Ask without a break until refused or `stop` is set; how often which status came, or which error."""
    seen = Counter()

    async def one(kept, pause_s):
        client = Client(port)
        try:
            while not stop.is_set():
                answer = await client.ask(pause_s=pause_s)
                if answer is None:
                    return
                seen[answer[0]] += 1
                if not kept:
                    await client.close()
        except (OSError, asyncio.IncompleteReadError) as error:
            seen[type(error).__name__] += 1
        finally:
            await client.close()

    kinds = [(True, 0.0)] * keep_alive + [(False, 0.0)] * fresh + [(True, 0.15)] * slow
    await asyncio.gather(*(one(*kind) for kind in kinds))
    return seen
