"""One connection to Redis that all requests share.

The pool of redis-py takes a connection for each call and some 390 µs of CPU to look one vector up and store it, a fifth
of what encoding the sentence costs; this takes about 75 µs. Parsing is hiredis's.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import hiredis

TICKS = 4
"""Parts a timeout is counted in."""
GRACE_S = 0.5
"""Time that a late answer is still hoped for."""
MOST_LATE = 3
"""Late answers in a row after which the link is given up."""
VALUE_S = 50e-6
"""Time more that is granted for each value asked for: 1.5 kB at 250 Mbit/s."""

Replies = list[Any]
"""What Redis answers to commands, in their order: bytes, None, numbers, lists, and an exception for an error."""

pack_command: Callable[[tuple[Any, ...]], bytes] = hiredis.pack_command


class RefusedError(Exception):
    """Redis answered with an error. Holds its code alone (`OOM`, `NOAUTH`), as messages may repeat keys."""

    def __init__(self, reply: Exception) -> None:
        super().__init__(str(reply).partition(" ")[0])


class LateError(TimeoutError):
    """An answer is late. The link hopes for it still; until it comes, nothing more is sent."""


@dataclass(slots=True, eq=False)
class _Question:
    """Commands under way.

    Attributes:
        values: values asked for or sent, a measure of how long it takes.
        due: the link's tick after which it is late.
    """

    answer: asyncio.Future[Replies]
    commands: int
    values: int
    due: int
    replies: Replies = field(default_factory=list)


class RedisLink(asyncio.Protocol):
    """Commands leave as they come and are answered in their order, so nobody waits for a free connection.

    Late is later than `timeout_s`, or a little more where many values are under way. All who wait are then told at
    once, and so are those who come until the answer arrives: a Redis that was held up for a moment costs no connection.
    What doesn't arrive within `GRACE_S`, or is late time and again, breaks the link.

    Time is counted in ticks of the event loop: however long the loop itself was held up, that is one tick, so an answer
    that came meanwhile is read before it can be called late.

    Args:
        broken: is called when the link breaks while it owes answers.
    """

    def __init__(self, timeout_s: float, broken: Callable[[OSError], None]) -> None:
        self._tick_s = timeout_s / TICKS
        self._broken = broken
        self._ticks = 0
        self._ticking: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._transport: asyncio.Transport | None = None
        self._questions: deque[_Question] = deque()
        self._values = 0
        self._late = False
        self._late_in_a_row = 0
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def late(self) -> bool:
        """Whether it waits for an answer that should have come."""
        return self._late

    def ask(self, packed: bytes, *, commands: int, values: int) -> asyncio.Future[Replies]:
        """Send packed commands.

        Returns:
            Their replies; an OSError if they don't come. Whoever loses interest may cancel it.
        """
        answer: asyncio.Future[Replies] = self._loop.create_future()
        if self._closed or self._transport is None or self._transport.is_closing():
            answer.set_exception(ConnectionResetError("no connection"))
        elif self._late:
            answer.set_exception(LateError)
        else:
            self._values += values
            patience = TICKS + int(self._values * VALUE_S / self._tick_s)
            self._questions.append(_Question(answer, commands, values, self._ticks + patience))
            self._transport.write(packed)
            if self._ticking is None:
                self._ticking = self._loop.call_later(self._tick_s, self._tick)
        return answer

    def close(self, error: OSError | None = None) -> None:
        """End it; those who wait get the error."""
        self._closed = True
        if self._ticking is not None:
            self._ticking.cancel()
        if self._transport is not None:
            self._transport.abort()
        self._tell(error or ConnectionAbortedError("closed"))
        self._questions.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # no subclass of it under uvloop

    def connection_lost(self, _: Exception | None) -> None:
        self._break(ConnectionResetError("the connection was lost"))

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                self._take(reply)
        except (hiredis.ProtocolError, IndexError):  # IndexError: an answer that nobody asked for
            self._break(ConnectionError("what answers isn't Redis"))

    def _take(self, reply: Any) -> None:
        question = self._questions[0]
        question.replies.append(reply)
        if len(question.replies) < question.commands:
            return
        self._questions.popleft()
        self._values -= question.values
        if not self._late:
            self._late_in_a_row = 0
        elif not self._questions:
            self._late = False
        if not question.answer.done():
            question.answer.set_result(question.replies)

    def _tick(self) -> None:
        self._ticking = None
        if not self._questions:
            return
        self._ticks += 1
        overdue = self._ticks - self._questions[0].due
        if overdue > 0 and not self._late:
            self._late = True
            self._late_in_a_row += 1
        if self._late and (overdue * self._tick_s > GRACE_S or self._late_in_a_row >= MOST_LATE):
            self._break(TimeoutError("no answer in time"))
            return
        if self._late:
            self._tell(LateError())
        self._ticking = self._loop.call_later(self._tick_s, self._tick)

    def _break(self, error: OSError) -> None:
        owing = bool(self._questions)
        self.close(error)
        if owing:
            self._broken(error)

    def _tell(self, error: OSError) -> None:
        for question in self._questions:
            if not question.answer.done():
                question.answer.set_exception(error)
