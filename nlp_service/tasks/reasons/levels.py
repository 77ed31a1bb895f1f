"""Sums along the tree: a node's probability from its codes', and calibration level by level."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from nlp_service.taxonomy import Taxonomy

Numbers = NDArray[np.float64]
LEAST = 1e-12
"""Probability given to what has none, so that shares of it are defined."""


class Levels:
    """Where the codes that have a probability of their own lie in the tree.

    Attributes:
        nodes: every node that is a code or lies above one.
        row: of each node in results.
        level: of each node, shape (nodes,); 1 at the top.
        depth: number of levels.
    """

    def __init__(self, taxonomy: Taxonomy, codes: Sequence[str]) -> None:
        paths = [tuple(node.code for node in taxonomy.path(code)) for code in codes]
        self.nodes = list(dict.fromkeys(code for path in paths for code in path))
        self.row = {node: row for row, node in enumerate(self.nodes)}
        self.level = np.array([len(taxonomy.path(code)) for code in self.nodes])
        self._below = _membership([[self.row[node] for node in path] for path in paths], len(self.nodes))
        self._holds: list[NDArray[np.int32]] = [self._below.indices[at:end] for at, end in pairwise(self._below.indptr)]
        self.depth = max((len(path) for path in paths), default=0)
        self._order, self._place = _tree_order(paths, self.row)
        ordered = [paths[code] for code in self._order]
        self._steps = [_Step.between(_at(ordered, level), _at(ordered, level + 1)) for level in range(self.depth)]

    def sums(self, distributions: Numbers) -> Numbers:
        """Probability of every node: the sum over the codes below it and its own.

        Args:
            distributions: shape (rows, codes).

        Returns:
            Shape (rows, nodes).
        """
        sums: Numbers = (self._below @ distributions.T).T
        return sums

    def sums_of_one(self, distribution: Numbers) -> Numbers:
        """The same for one distribution, shape (codes,): shape (nodes,)."""
        shares = distribution[self._below.indices]
        sums: Numbers = np.add.reduceat(shares, self._below.indptr[:-1]) if len(self.nodes) else np.zeros(0)
        return sums

    def holds(self, node: str) -> NDArray[np.int32]:
        """Which codes lie at or below a node: their positions, ascending."""
        return self._holds[self.row[node]]

    def temper(self, distributions: Numbers, temperatures: Sequence[float]) -> Numbers:
        """Each level's shares among siblings at that level's own temperature (Guo et al., ICML 2017).

        A code's new probability is the product of the shares along its path, so nodes stay the sums of their codes.

        Args:
            distributions: shape (rows, codes); rows add up to 1.
            temperatures: of level 1, 2, …; deeper levels use the last; none leaves everything as it is.
        """
        if not temperatures:
            return distributions
        codes = np.take(distributions, self._order, axis=1) + LEAST
        result = np.ones((len(codes), 1))
        for level, step in enumerate(self._steps):
            finer = np.add.reduceat(codes, step.members, axis=1)
            shares = finer / np.repeat(np.add.reduceat(finer, step.children, axis=1), step.sizes, axis=1)
            shares **= 1 / temperatures[min(level, len(temperatures) - 1)]
            shares /= np.repeat(np.add.reduceat(shares, step.children, axis=1), step.sizes, axis=1)
            result = np.repeat(result, step.sizes, axis=1) * shares
        return np.take(result, self._place, axis=1)


@dataclass(frozen=True)
class _Step:
    """From the groups of codes on one level to the finer ones on the next; codes and groups in the order of the tree.

    Attributes:
        members: the first code of each group, shape (groups,).
        children: the first group of each group of the level above, shape (groups above,).
        sizes: how many groups each of those has, shape (groups above,).
    """

    members: NDArray[np.int64]
    children: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def between(cls, above: Sequence[Hashable], below: Sequence[Hashable]) -> "_Step":
        """From one group a code on both levels, in the order of the tree."""
        members, outer = _beginnings(below), _beginnings(above)
        children = np.searchsorted(members, outer)
        return cls(members, children, np.diff(children, append=len(members)))


def _beginnings(groups: Sequence[Hashable]) -> NDArray[np.int64]:
    """Where each run of equal groups begins."""
    return np.array([at for at, group in enumerate(groups) if not at or group != groups[at - 1]], dtype=np.int64)


def _tree_order(
    paths: Sequence[tuple[str, ...]], row: Mapping[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The codes' positions in an order in which each node's codes are neighbours, and each code's place in it."""
    order = np.array(sorted(range(len(paths)), key=lambda code: [row[node] for node in paths[code]]), dtype=np.int64)
    return order, np.argsort(order)


def _at(paths: Sequence[tuple[str, ...]], level: int) -> list[tuple[str, ...]]:
    """Each code's group on a level. An inner node's own probability is a child of its own on the levels below it."""
    return [path[:level] if len(path) >= level else (*path, "") for path in paths]


def _membership(rows_of_columns: Sequence[Sequence[int]], rows: int) -> csr_array:
    """A matrix of zeros and ones: column c has ones in the rows named for it."""
    columns = np.repeat(np.arange(len(rows_of_columns)), [len(part) for part in rows_of_columns])
    positions = np.array([row for part in rows_of_columns for row in part], dtype=np.int64)
    return csr_array((np.ones(len(columns)), (positions, columns)), shape=(rows, len(rows_of_columns)))
