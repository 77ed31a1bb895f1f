"""Sums along the tree: a node's probability from its codes', and calibration level by level."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

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
        self.depth = max((len(path) for path in paths), default=0)
        self._steps = [_Step.between(_at(paths, level), _at(paths, level + 1)) for level in range(self.depth)]

    def sums(self, distributions: Numbers) -> Numbers:
        """Probability of every node: the sum over the codes below it and its own.

        Args:
            distributions: shape (rows, codes).

        Returns:
            Shape (rows, nodes).
        """
        sums: Numbers = (self._below @ distributions.T).T
        return sums

    def holds(self, node: str) -> Numbers:
        """Which codes lie at or below a node: ones and zeros, shape (codes,)."""
        row: Numbers = self._below[[self.row[node]]].toarray()[0]
        return row

    def temper(self, distributions: Numbers, temperatures: Sequence[float]) -> Numbers:
        """Each level's shares among siblings at that level's own temperature (Guo et al., ICML 2017).

        A code's new probability is the product of the shares along its path, so nodes stay the sums of their codes.

        Args:
            distributions: shape (rows, codes); rows add up to 1.
            temperatures: of level 1, 2, …; deeper levels use the last; none leaves everything as it is.
        """
        if not temperatures:
            return distributions
        floored = distributions + LEAST
        result = np.ones_like(floored)
        for level, step in enumerate(self._steps):
            sums = (step.members @ floored.T).T
            shares = (sums / (step.children @ sums.T).T[:, step.parent]) ** (
                1 / temperatures[min(level, len(temperatures) - 1)]
            )
            shares /= (step.children @ shares.T).T[:, step.parent]
            result *= shares[:, step.group]
        return result


@dataclass(frozen=True)
class _Step:
    """From the groups of codes on one level to the finer ones on the next.

    Attributes:
        members: which codes are in each group, shape (groups, codes).
        children: which groups each group of the level above holds, shape (groups above, groups).
        parent: the group above each group, shape (groups,).
        group: of each code, shape (codes,).
    """

    members: csr_array
    children: csr_array
    parent: NDArray[np.int64]
    group: NDArray[np.int64]

    @classmethod
    def between(cls, above: Sequence[Hashable], below: Sequence[Hashable]) -> "_Step":
        upper = {group: row for row, group in enumerate(dict.fromkeys(above))}
        lower = {group: row for row, group in enumerate(dict.fromkeys(below))}
        group = np.array([lower[name] for name in below])
        parent = np.zeros(len(lower), dtype=np.int64)
        parent[group] = [upper[name] for name in above]
        return cls(_membership(group[:, None], len(lower)), _membership(parent[:, None], len(upper)), parent, group)


def _at(paths: Sequence[tuple[str, ...]], level: int) -> list[tuple[str, ...]]:
    """Each code's group on a level. An inner node's own probability is a child of its own on the levels below it."""
    return [path[:level] if len(path) >= level else (*path, "") for path in paths]


def _membership(rows_of_columns: Sequence[Sequence[int]] | NDArray[np.int64], rows: int) -> csr_array:
    """A matrix of zeros and ones: column c has ones in the rows named for it."""
    columns = np.repeat(np.arange(len(rows_of_columns)), [len(part) for part in rows_of_columns])
    positions = np.array([row for part in rows_of_columns for row in part], dtype=np.int64)
    return csr_array((np.ones(len(columns)), (positions, columns)), shape=(rows, len(rows_of_columns)))
