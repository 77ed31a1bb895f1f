"""Several who work on parts, each at one of them; who is lost is replaced, and its part done again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

from nlp_service.batch.parts import Line
from nlp_service.errors import ConfigurationError, ProcessLostError

TRIES: Final = 3
"""What ends its process that often would do so for ever."""


class Actor(Protocol):
    """A process with a service of its own, perhaps on another machine. Any method may raise ProcessLostError."""

    async def answering(self) -> Mapping[str, str]:
        """What answers there, as `Manifest.answering`; it waits until the models are loaded."""
        ...

    async def tag(self, lines: Sequence[Line]) -> bytes:
        """As `Executor.tag`."""
        ...

    def end(self) -> None:
        """Give back what it holds, if it still lives."""
        ...


class Pool:
    """An executor of actors. Those that have started do the work, so that one that never does keeps nothing waiting.

    Args:
        hire: begins to start an actor.
        answering: what has to answer, with all of them.
    """

    def __init__(self, hire: Callable[[], Actor], actors: int, answering: Mapping[str, str]) -> None:
        self.slots = actors
        self._hire = hire
        self._answering = answering
        self._idle: asyncio.Queue[Actor | Exception] = asyncio.Queue()
        self._living: set[Actor] = set()
        self._hiring: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Pool"]:
        """Start the actors, and end them."""
        try:
            for _ in range(self.slots):
                self._replace()
            yield self
        finally:
            for task in self._hiring:
                task.cancel()
            for actor in self._living:
                actor.end()

    async def tag(self, lines: Sequence[Line]) -> bytes:
        """The content of a part.

        Raises:
            ProcessLostError: if actor after actor was lost over it, or none starts.
            ServiceError: if one can't be used, or can't do it.
        """
        for attempt in range(1, TRIES + 1):
            actor = await self._next()
            try:
                content = await actor.tag(lines)
            except ProcessLostError as error:
                self._dismiss(actor)
                self._replace()
                if attempt == TRIES:
                    first, last = lines[0][0], lines[-1][0]
                    raise ProcessLostError(f"lines {first} to {last}: given up, {TRIES} actors lost: {error}") from None
            else:
                self._idle.put_nowait(actor)
                return content
        raise AssertionError("unreachable")

    async def _next(self) -> Actor:
        found = await self._idle.get()
        if isinstance(found, Exception):
            self._idle.put_nowait(found)  # for the others who wait
            raise found
        return found

    def _replace(self) -> None:
        task = asyncio.create_task(self._start())
        self._hiring.add(task)
        task.add_done_callback(self._hiring.discard)

    async def _start(self) -> None:
        try:
            self._idle.put_nowait(await self._started())
        except Exception as error:  # whatever it is, somebody waits for this actor
            self._idle.put_nowait(error)

    async def _started(self) -> Actor:
        for attempt in range(1, TRIES + 1):
            actor = self._hire()
            self._living.add(actor)
            try:
                self._check(await actor.answering())
            except ProcessLostError as error:
                self._dismiss(actor)
                if attempt == TRIES:
                    raise ProcessLostError(f"no actor starts: {error}") from None
            else:
                return actor
        raise AssertionError("unreachable")

    def _check(self, there: Mapping[str, str]) -> None:
        names = sorted({*there, *self._answering})
        different = [name for name in names if there.get(name) != self._answering.get(name)]
        if different:
            raise ConfigurationError(
                f"an actor has another {', '.join(different)} than this process: not the same answers"
            )

    def _dismiss(self, actor: Actor) -> None:
        self._living.discard(actor)
        actor.end()
