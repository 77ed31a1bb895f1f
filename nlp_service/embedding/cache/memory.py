"""Vectors in this process's memory, least recently used first out."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlp_service.telemetry import Telemetry


class MemoryCache:
    """Keeps at most `capacity` vectors; a vector of 384 dimensions takes about 1.8 kB."""

    def __init__(self, capacity: int, telemetry: Telemetry) -> None:
        self._capacity = capacity
        self._telemetry = telemetry
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    async def get_many(self, keys: Sequence[str]) -> list[NDArray[np.float32] | None]:
        found = [self._vectors.get(key) for key in keys]
        for key, vector in zip(keys, found, strict=True):
            if vector is not None:
                self._vectors.move_to_end(key)
        misses = sum(vector is None for vector in found)
        self._telemetry.cache_lookups("memory", hits=len(found) - misses, misses=misses)
        return found

    async def set_many(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        for key, vector in vectors.items():
            # A row of a batch is a view that would keep the whole batch alive.
            self._vectors[key] = vector.copy()
            self._vectors.move_to_end(key)
        while len(self._vectors) > self._capacity:
            self._vectors.popitem(last=False)

    async def close(self) -> None:
        self._vectors.clear()
