"""One worker process as its supervisor sees it, and when a dead one is replaced."""

import os
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass, field

from nlp_service.serving.entrances import Word

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""Whoever was ready for so long died of something new."""
SILENT_S = 5.0
"""A worker's event loop says every second that it turns: one that hasn't for so long gets no connections, until it does
again."""
HUNG_S = 60.0
"""One that hasn't for so long never will: neither a long computation nor a busy machine holds it up like that."""


@dataclass(slots=True, eq=False)
class Worker:
    """A process that was started.

    Attributes:
        slot: its number among the workers; a replacement has the same.
        channel: the supervisor's end of it, non-blocking.
        ready_at: when it said that it is ready, if it did.
        asked_at: when it said that it was asked to end, if it was.
        retired: no connections go to it any more.
        silent_s: how long it hasn't been heard of, since it was ready.
        last_words: why it can't start, if it said so.
    """

    slot: int
    pid: int
    channel: socket.socket
    ready_at: float | None = None
    asked_at: float | None = None
    retired: bool = False
    silent_s: float = 0.0
    last_words: str = ""
    _unsent: bytearray = field(default_factory=bytearray)

    @property
    def serves(self) -> bool:
        """Whether it is ready, and there may be connections for it."""
        return self.ready_at is not None and not self.retired

    @property
    def is_silent(self) -> bool:
        """Whether it seems to be held up."""
        return self.silent_s >= SILENT_S

    @property
    def takes_connections(self) -> bool:
        """Whether it may be given connections now."""
        return self.serves and not self.is_silent

    def give(self, connection: socket.socket) -> bool:
        """Hand a connection over; False if the worker can't take it."""
        try:
            socket.send_fds(self.channel, [Word.CONNECTION], [connection.fileno()])
        except OSError:  # it is full, or its process ended
            return False
        return True

    def tell(self, *words: Word) -> None:
        """Say something, now or as soon as there is room for it."""
        self._unsent += b"".join(words)
        self.flush()

    def flush(self) -> None:
        """Say what there was no room for."""
        with suppress(OSError):
            while self._unsent:
                del self._unsent[: self.channel.send(self._unsent)]

    def retire(self) -> None:
        """Let it end: it gets no more connections."""
        self.retired = True
        self.tell(Word.NO_MORE)

    def signal(self, number: int) -> None:
        """Send its process a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def exit_code(self) -> int | None:
        """How its process ended, a signal as a negative number; None if it hasn't. Asks only once after the end."""
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            return -signal.SIGKILL
        return os.waitstatus_to_exitcode(status) if pid else None


class Pauses:
    """How long each slot waits for its next process: longer each time, unless the last one lived long."""

    def __init__(self) -> None:
        self._last: dict[int, float] = {}

    def after(self, slot: int, ready_s: float) -> float:
        """Seconds to wait, after a process of this slot that was ready for so long."""
        last = self._last.get(slot)
        pause = FIRST_PAUSE_S if last is None or ready_s >= STEADY_S else min(2 * last, LONGEST_PAUSE_S)
        self._last[slot] = pause
        return pause
