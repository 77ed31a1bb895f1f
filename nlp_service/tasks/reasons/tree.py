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
        self._top = np.flatnonzero(self.levels.level == 1)
        self._in_scope = in_scope
        self._thresholds = np.array([thresholds[min(level, len(thresholds)) - 1] for level in self.levels.level])

    def decide(self, distribution: Distribution, *, language: str, top_k: int, at_least: float = 0.0) -> ContactReason:
        """The deepest node that is sure enough, and the best of the rest.

        Of several branches that end in one, the likeliest code wins. A text within scope without a sure code is for
        review at the deepest inner node that is sure enough, or at the likeliest one of the top level.

        Args:
            language: of the text; names come in it.
            top_k: how many alternatives to list.
            at_least: probability that a node needs besides clearing its threshold.
        """
        nodes = self.levels.sums_of_one(distribution)
        if distribution.sum() < self._in_scope or not len(nodes):
            alternatives = self._alternatives(distribution, nodes, None, language, top_k)
            return ContactReason("out_of_scope", None, [], alternatives)
        clears = nodes >= np.maximum(self._thresholds, at_least)
        chosen = self._deepest(nodes, clears)
        is_sure = chosen in self._known and bool(clears[self.levels.row[chosen]])
        status: Literal["tagged", "review"] = "tagged" if is_sure else "review"
        path = [self._result(node, nodes, language) for node in self.taxonomy.path(chosen)]
        return ContactReason(status, chosen, path, self._alternatives(distribution, nodes, chosen, language, top_k))

    def sure_of_each(self, distributions: NDArray[np.float64]) -> list[str | None]:
        """The code that each sentence states beyond doubt; None if there is none, or it is small talk.

        Args:
            distributions: shape (sentences, codes).
        """
        if not self.codes:
            return [None] * len(distributions)
        best = distributions.argmax(axis=1)
        is_sure = (distributions[np.arange(len(best)), best] >= SURE) & ~self.is_small_talk[best]
        is_sure &= distributions.sum(axis=1) >= self._in_scope
        return [self.codes[code] if sure else None for code, sure in zip(best.tolist(), is_sure.tolist(), strict=True)]

    def probability(self, code: str, distributions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of one node under one distribution or, row by row, several."""
        probability: NDArray[np.float64] = distributions[..., self.levels.holds(code)].sum(axis=-1)
        return probability

    def _deepest(self, probabilities: NDArray[np.float64], clears: NDArray[np.bool_]) -> str:
        """Of the nodes that are sure enough and have none such below them: the likeliest code, or else inner node."""
        sure = [self.levels.nodes[row] for row in np.flatnonzero(clears)]
        above = {node.code for code in sure for node in self.taxonomy.path(code)[:-1]}
        ends = [code for code in sure if code not in above]
        if not ends:
            return self.levels.nodes[int(self._top[probabilities[self._top].argmax()])]
        candidates = [code for code in ends if code in self._known] or ends
        return max(candidates, key=lambda code: probabilities[self.levels.row[code]])

    def _alternatives(
        self,
        distribution: Distribution,
        nodes: NDArray[np.float64],
        chosen: str | None,
        language: str,
        top_k: int,
    ) -> list[ReasonNode]:
        best = _largest(distribution, top_k + 1)
        others = [self.codes[position] for position in best if self.codes[position] != chosen][:top_k]
        return [self._result(self.taxonomy.node(code), nodes, language) for code in others]

    def _result(self, node: Node, nodes: NDArray[np.float64], language: str) -> ReasonNode:
        probability = float(nodes[self.levels.row[node.code]])
        return ReasonNode(node.code, node.name.in_language(language), round(min(probability, 1.0), 6))


def _largest(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Positions of the largest values, in order; of thousands of codes few are wanted, and sorting all takes longer."""
    if count < len(values):
        among = np.flatnonzero(values >= np.partition(values, -count)[-count])
    else:
        among = np.arange(len(values))
    return among[np.argsort(-values[among], kind="stable")][:count]
