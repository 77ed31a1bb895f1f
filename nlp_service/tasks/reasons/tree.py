"""One coherent probability per node, and the decision how deep to go."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import ContactReason, ReasonNode
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
    """

    def __init__(self, taxonomy: Taxonomy, codes: Sequence[str], thresholds: Sequence[float]) -> None:
        self.taxonomy = taxonomy
        self.codes = tuple(codes)
        self._thresholds = tuple(thresholds)
        paths = [[node.code for node in taxonomy.path(code)] for code in codes]
        self._nodes: list[str] = list(dict.fromkeys(code for path in paths for code in path))
        self._level = np.array([len(taxonomy.path(code)) for code in self._nodes])
        # A node's probability is the sum over the codes below it and its own.
        self.is_small_talk = np.array([taxonomy.is_small_talk(code) for code in codes])
        self._below = np.array([[code in path for path in paths] for code in self._nodes], dtype=np.float64)

    def decide(self, distribution: Distribution, *, language: str, top_k: int) -> ContactReason:
        """The deepest node that is sure enough, and the best of the rest.

        Args:
            language: of the text; names come in it.
            top_k: how many alternatives to list.
        """
        chosen = self._deepest(self._below @ distribution)
        if chosen is None:
            return ContactReason("out_of_scope", None, [], self._alternatives(distribution, None, language, top_k))
        status: Literal["tagged", "review"] = "tagged" if chosen in self.codes else "review"
        path = [self._result(node, distribution, language) for node in self.taxonomy.path(chosen)]
        return ContactReason(status, chosen, path, self._alternatives(distribution, chosen, language, top_k))

    def sure(self, distribution: Distribution) -> str | None:
        """The code that one sentence states beyond doubt; None if there is none, or it is small talk."""
        best = int(distribution.argmax())
        return self.codes[best] if distribution[best] >= SURE and not self.is_small_talk[best] else None

    def probability(self, code: str, distributions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of one node under one distribution or, row by row, several."""
        probability: NDArray[np.float64] = distributions @ self._below[self._nodes.index(code)]
        return probability

    def _deepest(self, probabilities: NDArray[np.float64]) -> str | None:
        for level in range(int(self._level.max()), 0, -1):
            candidates = np.flatnonzero(self._level == level)
            best = candidates[probabilities[candidates].argmax()]
            if probabilities[best] >= self._thresholds[min(level, len(self._thresholds)) - 1]:
                return self._nodes[int(best)]
        return None

    def _alternatives(
        self, distribution: Distribution, chosen: str | None, language: str, top_k: int
    ) -> list[ReasonNode]:
        ranked = [self.codes[position] for position in np.argsort(-distribution, kind="stable")]
        others = [code for code in ranked if code != chosen][:top_k]
        return [self._result(self.taxonomy.node(code), distribution, language) for code in others]

    def _result(self, node: Node, distribution: Distribution, language: str) -> ReasonNode:
        probability = float(self.probability(node.code, distribution))
        return ReasonNode(node.code, node.name.in_language(language), round(min(probability, 1.0), 6))
