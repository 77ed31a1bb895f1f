"""The port of several workers: accepts connections and gives them to the workers in turn."""

import logging
import selectors
import socket
from collections import deque
from collections.abc import Iterable
from time import monotonic

from nlp_service.serving import ports
from nlp_service.serving.workers import Worker

PAUSE_S = 1.0
"""After a failure to accept, most likely for lack of descriptors: what waits goes on waiting."""

logger = logging.getLogger(__name__)


class Door:
    """Opens once, closes once.

    Args:
        listeners: bound sockets; it closes them.
        selector: whose events it wants; the data of each is what to call.
        workers: those that there are at the moment, kept by their owner; the order in which they take turns is changed.

    Attributes:
        is_open: whether it ever was opened.
        closed_at: when it was closed, if it was.
    """

    def __init__(
        self, listeners: list[socket.socket], selector: selectors.BaseSelector, workers: deque[Worker]
    ) -> None:
        self.is_open = False
        self.closed_at: float | None = None
        self._closing_at: float | None = None
        self._listeners = listeners
        self._selector = selector
        self._workers = workers
        self._accepting = False
        self._pause_ends_at = 0.0
        self._unplaced: deque[socket.socket] = deque()

    @property
    def sockets(self) -> Iterable[socket.socket]:
        """All that it has open."""
        return (*self._listeners, *self._unplaced)

    @property
    def everybody_is_in(self) -> bool:
        """Whether it is closed, and all who came through are with a worker."""
        return self.closed_at is not None and not self._unplaced

    def open(self) -> None:
        """Listen."""
        self.is_open = True
        for listener in self._listeners:
            listener.listen(ports.BACKLOG)
            logger.info("Uvicorn running on %s (Press CTRL+C to quit)", ports.url(listener))

    def mind(self) -> None:
        """Accept while there is a worker to take it: what nobody takes is safer in the backlog."""
        for _ in range(len(self._unplaced)):
            self._hand_on(self._unplaced.popleft())
        somebody = any(worker.takes_connections for worker in self._workers)
        wanted = self.is_open and self.closed_at is None and not self._unplaced and somebody
        accepting = wanted and monotonic() >= self._pause_ends_at
        if accepting != self._accepting:
            self._accepting = accepting
            for listener in self._listeners:
                if accepting:
                    self._selector.register(listener, selectors.EVENT_READ, self._accept)
                else:
                    self._selector.unregister(listener)

    def close(self) -> None:
        """Let in who is at the door, and close it; to be called again and again until `closed_at` is set."""
        now = monotonic()
        if self._closing_at is None:
            self._closing_at = now
            for listener in self._listeners:
                ports.refuse_newcomers(listener)
        if self.closed_at is None and now - self._closing_at >= ports.SETTLE_S:
            if self.is_open:
                self._accept(all_of_them=True)
            self.closed_at = now
            self.mind()
            for listener in self._listeners:
                listener.close()

    def _accept(self, *, all_of_them: bool = False) -> None:
        """Accept who waits: all of them, or until one finds no worker."""
        try:
            for listener in self._listeners:
                for connection in ports.waiting(listener):
                    self._hand_on(connection)
                    if self._unplaced and not all_of_them:
                        return
        except OSError as error:
            self._pause_ends_at = monotonic() + PAUSE_S
            logger.error("can't accept connections: %s", error.strerror)

    def _hand_on(self, connection: socket.socket) -> None:
        """Give it to the next worker in turn that takes it."""
        for _ in range(len(self._workers)):
            self._workers.rotate(-1)
            if self._workers[-1].takes_connections and self._workers[-1].give(connection):
                connection.close()
                return
        self._unplaced.append(connection)
