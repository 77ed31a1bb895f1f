"""From lines to parts that are kept: what isn't done yet is handed out, a few parts at a time."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from nlp_service.batch.folder import WorkFolder
from nlp_service.batch.parts import Chunk, Line, Part


class Executor(Protocol):
    """Who does the work, here or elsewhere.

    Attributes:
        slots: parts that it works on at the same time; more than so many are never read ahead.
    """

    slots: int

    async def tag(self, lines: Sequence[Line]) -> bytes:
        """The content of a part: what becomes of these lines.

        Raises:
            ServiceError: if nothing does.
        """
        ...


async def tag(
    folder: WorkFolder, chunks: Iterator[Chunk], executor: Executor, told: Callable[[Chunk, Part | None], None]
) -> int:
    """Do every part that isn't done, and keep it; how many parts there are.

    Args:
        told: of each part that is done, and what became of it; None if an earlier run did it.

    Raises:
        ServiceError: if a part can't be done or kept; the others are.
    """
    room = asyncio.Semaphore(executor.slots)
    parts = 0

    async def do(chunk: Chunk) -> None:
        part = Part.of(await executor.tag(chunk.lines))
        await asyncio.to_thread(folder.write, chunk.number, part)
        room.release()
        told(chunk, part)

    try:
        async with asyncio.TaskGroup() as group:
            while True:
                await room.acquire()
                chunk = await asyncio.to_thread(next, chunks, None)
                if chunk is None:
                    return parts
                parts = chunk.number
                if folder.has(parts):
                    room.release()
                    told(chunk, None)
                else:
                    group.create_task(do(chunk))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
