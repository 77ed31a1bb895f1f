"""Signals that wake a selector, and wait until they are heeded."""

import selectors
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

NUMBERS = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD") if hasattr(signal, name)]


class Signals:
    """Those of a supervisor.

    Args:
        selector: what they wake; the data of its events is what to call.
    """

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._waiting: list[int] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note them within the block."""
        self._wake, wake = socket.socketpair()
        self._wake.setblocking(False)
        wake.setblocking(False)
        self._selector.register(self._wake, selectors.EVENT_READ, lambda: self._wake.recv(4096))
        before = {number: signal.signal(number, lambda n, _: self._waiting.append(n)) for number in NUMBERS}
        before_fd = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before_fd)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._wake.close()
            wake.close()

    def taken(self) -> Iterator[int]:
        """Those that came, each once."""
        while self._waiting:
            yield self._waiting.pop(0)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let none come within the block, nor in a process that is forked there."""
        signal.pthread_sigmask(signal.SIG_BLOCK, NUMBERS)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, NUMBERS)

    def left_to_the_parent(self) -> None:
        """What a forked process does before its own handlers are there."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the supervisor hears it too, and decides
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, NUMBERS)
        self._wake.close()
