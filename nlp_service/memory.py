"""What was met last, kept in this process: a bounded dictionary that several threads may use."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Keeps at most `size` values; who wasn't asked for longest goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def recall(self, keys: Iterable[K]) -> list[V | None]:
        """The value of each key, or None."""
        with self._lock:
            return [self._met_again(key) for key in keys]

    def keep(self, values: Mapping[K, V]) -> None:
        """Remember these, and forget what wasn't met for longest."""
        with self._lock:
            self._values |= values
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    async def recall_or(
        self, keys: Sequence[K], find: Callable[[list[K]], Awaitable[Sequence[V]]], worth: Callable[[K], bool]
    ) -> list[V]:
        """The value of each key. What isn't remembered is found, each key once, and kept where it is worth it."""
        values = {key: value for key, value in zip(keys, self.recall(keys), strict=True) if value is not None}
        new = [key for key in dict.fromkeys(keys) if key not in values]
        found = dict(zip(new, await find(new), strict=True)) if new else {}
        self.keep({key: value for key, value in found.items() if worth(key)})
        values |= found
        return [values[key] for key in keys]

    def _met_again(self, key: K) -> V | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value
