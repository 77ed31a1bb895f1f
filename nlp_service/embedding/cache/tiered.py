"""A near cache in front of a far one."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import VectorCache


class TieredCache:
    """Looks into `near` first, asks `far` for the rest and keeps what it finds near."""

    def __init__(self, near: VectorCache, far: VectorCache) -> None:
        self._near = near
        self._far = far

    async def get_many(self, keys: Sequence[str]) -> list[NDArray[np.float32] | None]:
        found = await self._near.get_many(keys)
        missing = [position for position, vector in enumerate(found) if vector is None]
        fetched = await self._far.get_many([keys[position] for position in missing])
        fresh = {}
        for position, vector in zip(missing, fetched, strict=True):
            if vector is not None:
                found[position] = fresh[keys[position]] = vector
        await self._near.set_many(fresh)
        return found

    async def set_many(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        await self._near.set_many(vectors)
        await self._far.set_many(vectors)

    async def close(self) -> None:
        await self._near.close()
        await self._far.close()
