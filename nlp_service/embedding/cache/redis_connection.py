"""A connection of redis-py that all requests share.

With the client of redis-py, which takes a connection out of its pool for each call, looking one vector up and storing
it takes some 390 µs of CPU, a fifth of what encoding the sentence costs; on its connections, used directly, 130 µs.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import InvalidResponse, RedisError, ResponseError

PATIENCE_S = 1.0
"""Time that whatever no request waits for may take: connecting, writing, a probe, the arrival of a late answer."""

Failure = (RedisError, OSError)

pack_command: Callable[[tuple[Any, ...]], bytes] = hiredis.pack_command
"""`AbstractConnection.pack_command` does the same in Python, for 5 µs more for each value."""


@contextmanager
def losses_as_failures() -> Iterator[None]:
    """A lost connection is a `Failure`, also where uvloop says so by another error: it won't write to what has gone."""
    try:
        yield
    except RuntimeError:
        raise ConnectionResetError from None


class SharedConnection:
    """Commands leave as they come and are answered in their order, so nobody waits for a free connection.

    Belongs to the event loop that it is made in, where it connects by itself.

    Attributes:
        ready: done when it is connected; an error is a result, as with `ask`.
        closed: whether it is of no more use: it couldn't be made, was lost, or `close` was called.
    """

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._sending = asyncio.Lock()
        self.ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.closed = False
        self._owed = deque([self.ready])
        self._task = asyncio.create_task(self._run())

    async def ask(self, *command: str) -> asyncio.Future[Any]:
        """Send a command, or raise a `Failure`. Whoever is cancelled while it can't be sent breaks the connection.

        What Redis answers may be an error, as a result, so that those who have lost interest may leave it alone.
        """
        async with self._sending:
            if self.closed or not self._connection.is_connected:
                raise ConnectionResetError
            answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self._owed.append(answer)
            with losses_as_failures():
                await self._connection.send_packed_command(pack_command(command), check_health=False)
        return answer

    def close(self) -> asyncio.Task[None]:
        """End it: all who wait get an error at once. The task is done when nothing is left of it."""
        self._end(ConnectionAbortedError())
        self._task.cancel()
        return self._task

    async def _run(self) -> None:
        try:
            with losses_as_failures():
                await self._converse()
        except Failure as error:
            self._end(error)
        finally:
            await self._connection.disconnect(nowait=True)

    async def _converse(self) -> None:
        """Connect, and hand out what Redis answers as long as it is asked; never returns."""
        async with asyncio.timeout(PATIENCE_S):
            await self._connection.connect()  # type: ignore[no-untyped-call] # not annotated there
        reply: Any = None
        while self._owed:
            self._answer(reply)
            try:
                reply = await self._connection.read_response(disable_decoding=True)
            except ResponseError as error:
                reply = error
        raise InvalidResponse("an answer that nobody asked for")

    def _answer(self, reply: Any) -> None:
        answer = self._owed.popleft()
        if not answer.done():
            answer.set_result(reply)

    def _end(self, error: Exception) -> None:
        self.closed = True
        while self._owed:
            self._answer(error)
