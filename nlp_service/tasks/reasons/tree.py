"""The decision on a tree of probabilities: how deep to go, and when to ask a person."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import ContactReason, ReasonNode
from nlp_service.tasks.reasons.levels import Levels
from nlp_service.taxonomy import Node, Taxonomy

SURE = 0.6
"""Least probability at which a single sentence of a conversation may speak for itself."""

Distribution = NDArray[np.float64]
"""Probability of each code of `Tree.codes`, shape (codes,); what is missing to 1 is out of scope."""


class Tree:
    """A taxonomy seen by a classifier that knows the probability of some of its codes (its leaves, usually).

    Args:
        codes: the codes that have a probability of their own.
        thresholds: least probability at which a node of level 1, 2, … is sure enough; deeper levels use the last.
        in_scope: least sum of all probabilities at which a text belongs to the tree at all.
    """

    def __init__(
        self, taxonomy: Taxonomy, codes: Sequence[str], thresholds: Sequence[float], in_scope: float = 0.5
    ) -> None:
        self.taxonomy = taxonomy
        self.codes = tuple(codes)
        self.levels = Levels(taxonomy, codes)
        self.is_small_talk = np.array([taxonomy.is_small_talk(code) for code in codes])
        self._known = frozenset(codes)
        self._in_scope = in_scope
        self._thresholds = np.array([thresholds[min(level, len(thresholds)) - 1] for level in self.levels.level])

    def decide(self, distribution: Distribution, *, language: str, top_k: int) -> ContactReason:
        """The deepest node that is sure enough, and the best of the rest.

        A text within scope whose codes are all unsure is for review at the deepest inner node that is sure enough, or
        at the likeliest one of the top level.

        Args:
            language: of the text; names come in it.
            top_k: how many alternatives to list.
        """
        nodes = self.levels.sums(distribution[None])[0]
        if distribution.sum() < self._in_scope or not len(nodes):
            alternatives = self._alternatives(distribution, nodes, None, language, top_k)
            return ContactReason("out_of_scope", None, [], alternatives)
        chosen = self._deepest(nodes)
        status: Literal["tagged", "review"] = "tagged" if self._is_sure(chosen, nodes) else "review"
        path = [self._result(node, nodes, language) for node in self.taxonomy.path(chosen)]
        return ContactReason(status, chosen, path, self._alternatives(distribution, nodes, chosen, language, top_k))

    def sure(self, distribution: Distribution) -> str | None:
        """The code that one sentence states beyond doubt; None if there is none, or it is small talk."""
        best = int(distribution.argmax())
        return self.codes[best] if distribution[best] >= SURE and not self.is_small_talk[best] else None

    def probability(self, code: str, distributions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of one node under one distribution or, row by row, several."""
        probability: NDArray[np.float64] = distributions @ self.levels.holds(code)
        return probability

    def _deepest(self, probabilities: NDArray[np.float64]) -> str:
        clears = probabilities >= self._thresholds
        for level in range(int(self.levels.level.max()), 0, -1):
            candidates = np.flatnonzero(clears & (self.levels.level == level))
            if len(candidates):
                return self.levels.nodes[int(candidates[probabilities[candidates].argmax()])]
        top = np.flatnonzero(self.levels.level == 1)
        return self.levels.nodes[int(top[probabilities[top].argmax()])]

    def _is_sure(self, code: str, probabilities: NDArray[np.float64]) -> bool:
        row = self.levels.row[code]
        return code in self._known and bool(probabilities[row] >= self._thresholds[row])

    def _alternatives(
        self,
        distribution: Distribution,
        nodes: NDArray[np.float64],
        chosen: str | None,
        language: str,
        top_k: int,
    ) -> list[ReasonNode]:
        best = np.argsort(-distribution, kind="stable")[: top_k + 1]
        others = [self.codes[position] for position in best if self.codes[position] != chosen][:top_k]
        return [self._result(self.taxonomy.node(code), nodes, language) for code in others]

    def _result(self, node: Node, nodes: NDArray[np.float64], language: str) -> ReasonNode:
        probability = float(nodes[self.levels.row[node.code]])
        return ReasonNode(node.code, node.name.in_language(language), round(min(probability, 1.0), 6))
