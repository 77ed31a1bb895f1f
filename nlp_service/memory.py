"""What was met last, kept in this process: a bounded dictionary that several threads may use."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
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

    def _met_again(self, key: K) -> V | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value
