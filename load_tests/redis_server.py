"""A Redis of the load test's own that can be made to fail: slow, gone, full."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from load_tests.server import HOST, LoadTestError, free_port

START_S = 10.0
CHUNK = 65_536
FULL_BYTES = 1
"""Less than an empty Redis takes for itself: every write is refused, reads are answered."""


class RedisServer:
    """A redis-server without persistence, on one port from beginning to end."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return url_of(self.port)

    async def start(self) -> None:
        """Start it, or start it again.

        Raises:
            LoadTestError: if it isn't installed or doesn't answer.
        """
        program = shutil.which("redis-server")
        if program is None:
            raise LoadTestError("this scenario needs redis-server (Debian: apt-get install redis-server)")
        options = ["--port", str(self.port), "--bind", HOST, "--save", "", "--appendonly", "no"]
        self._process = await asyncio.create_subprocess_exec(
            program,
            *options,
            "--dir",
            str(self._folder),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_S
        while not await self._answers():
            if time.monotonic() > deadline:
                raise LoadTestError(f"redis-server didn't answer within {START_S:.0f} s")
            await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """Without a chance to say goodbye."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None

    async def fill(self) -> None:
        """Let it refuse every write from now on, as one does that has used up its memory."""
        await self._command("CONFIG SET maxmemory-policy noeviction")
        await self._command(f"CONFIG SET maxmemory {FULL_BYTES}")

    async def _answers(self) -> bool:
        with suppress(OSError):
            return await self._command("PING") == b"+PONG\r\n"
        return False

    async def _command(self, line: str) -> bytes:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        try:
            writer.write(f"{line}\r\n".encode("ascii"))
            return await reader.readline()
        finally:
            writer.close()


@asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[RedisServer]:
    """A Redis that runs during the block."""
    server = RedisServer(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


class DelayingProxy:
    """Passes TCP on, and answers only after a delay.

    Attributes:
        delay_s: what every piece of an answer waits; may be changed at any time.
    """

    def __init__(self, port: int) -> None:
        self.delay_s = 0.0
        self.port = 0
        self._behind = port
        self._pipes: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return url_of(self.port)

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        try:
            behind_reader, behind_writer = await asyncio.open_connection(HOST, self._behind)
        except OSError:
            writer.close()
            return
        pipes = [
            asyncio.create_task(self._pass_on(reader, behind_writer, delayed=False)),
            asyncio.create_task(self._pass_on(behind_reader, writer, delayed=True)),
        ]
        self._pipes.update(pipes)
        for pipe in pipes:
            pipe.add_done_callback(self._pipes.discard)

    async def close(self) -> None:
        """Cut all connections."""
        pipes = list(self._pipes)
        for pipe in pipes:
            pipe.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, delayed: bool) -> None:
        try:
            while piece := await reader.read(CHUNK):
                if delayed and self.delay_s:
                    await asyncio.sleep(self.delay_s)
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass  # the other end hung up, and so does this one
        finally:
            writer.close()


@asynccontextmanager
async def delaying_proxy(port: int) -> AsyncIterator[DelayingProxy]:
    """A proxy in front of a port of this machine, without delay at first."""
    proxy = DelayingProxy(port)
    listener = await asyncio.start_server(proxy.on_connection, HOST, 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        await proxy.close()


def url_of(port: int) -> str:
    """A Redis URL on this machine."""
    return f"redis://{HOST}:{port}/0"
