"""Actors on a Ray cluster, or on one that Ray starts on this machine. The only module that imports Ray.

What travels is plain: lines and rows as bytes and words. Models don't travel: each node has its own.
"""

import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from importlib.util import find_spec
from typing import Any, Final, Protocol, TypeVar

from nlp_service.batch.parts import Line
from nlp_service.batch.pool import Actor
from nlp_service.errors import ConfigurationError, ProcessLostError, ServiceError

T = TypeVar("T")
LOCAL: Final = "local"
"""The address of a cluster of this machine alone, for this run alone."""


class Tagging(Protocol):
    """What works on parts in the process of an actor."""

    answering: Mapping[str, str]

    async def tag(self, lines: Sequence[Line]) -> bytes:
        """As `Executor.tag`."""
        ...


Opening = Callable[[], AbstractAsyncContextManager[Tagging]]


def check_installed() -> None:
    """Refuse to go on without Ray.

    Raises:
        ConfigurationError: if it isn't installed.
    """
    if find_spec("ray") is None:
        raise ConfigurationError("--ray needs Ray: pip install 'nlp-service[distributed]'")


@contextmanager
def cluster(address: str, opening: Opening, *, cpus: int, gpus: int) -> Iterator[tuple[int, Callable[[], Actor]]]:
    """For how many actors a cluster has room, and what begins to start one.

    Args:
        opening: begins in an actor's process what works there; every node must be able to import it.
        cpus, gpus: of an actor.

    Raises:
        ConfigurationError: if the cluster can't be reached, or has no room for a single one.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if address == LOCAL:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # on any system: listens on 127.0.0.1 alone
    import ray

    alone = {"include_dashboard": False} if address == LOCAL else {}
    on_terminate = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", **alone)
    except (ConnectionError, RuntimeError, ValueError, AssertionError) as error:
        raise ConfigurationError(f"--ray {address}: can't be used: {_last_line(error)}") from None
    finally:
        signal.signal(signal.SIGTERM, on_terminate)  # Ray puts its own in the place, which ends the process at once
    try:
        there, needed = ray.cluster_resources(), {"CPU": cpus, "GPU": gpus}
        room = min(int(there.get(name, 0) // count) for name, count in needed.items() if count)
        if not room:
            raise ConfigurationError(f"--ray {address}: no room for an actor of {cpus} CPUs and {gpus} GPUs")
        process = ray.remote(_Process).options(num_cpus=cpus, num_gpus=gpus)
        yield room, lambda: _RayActor(process.remote(opening))
    finally:
        ray.shutdown()


class _Process:
    """In a process of Ray's. An error on purpose comes back as words: exceptions of Ray's hold whole tracebacks."""

    def __init__(self, opening: Opening) -> None:
        self._open = AsyncExitStack()
        self._opening = opening

    async def answering(self) -> tuple[str | None, dict[str, str]]:
        try:
            self._tagging = await self._open.enter_async_context(self._opening())
        except ServiceError as error:
            return str(error), {}
        return None, dict(self._tagging.answering)

    async def tag(self, lines: list[Line]) -> tuple[str | None, bytes]:
        try:
            return None, await self._tagging.tag(lines)
        except ServiceError as error:
            return str(error), b""


class _RayActor:
    """The driver's end of a process."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    async def answering(self) -> Mapping[str, str]:
        there: dict[str, str] = await _result(self._handle.answering.remote())
        return there

    async def tag(self, lines: Sequence[Line]) -> bytes:
        content: bytes = await _result(self._handle.tag.remote(list(lines)))
        return content

    def end(self) -> None:
        import ray

        ray.kill(self._handle)


async def _result(reference: Awaitable[Any]) -> Any:
    from ray.exceptions import RayError, RayTaskError

    try:
        problem, value = await reference
    except RayTaskError:
        raise  # not on purpose: a fault of ours
    except RayError as error:
        raise ProcessLostError(f"{type(error).__name__}: {_last_line(error)}") from None
    if problem is not None:
        raise ServiceError(f"in an actor: {problem}")
    return value


def _last_line(error: Exception) -> str:
    return str(error).strip().rpartition("\n")[2]
