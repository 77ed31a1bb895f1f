"""From the service's answers to arrays: of each text, the decision and the distribution over all codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.labelled import Labelled
from nlp_service.contracts import ContactReason
from nlp_service.taxonomy import Taxonomy

OUT_OF_SCOPE = "out of scope"
"""Stands for no code at all, in truths and in decisions."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept of one answer.

    Attributes:
        decided: the node that was answered, or OUT_OF_SCOPE.
        reported: probability of each of the tree's nodes, 0 where the answer has none, shape (nodes,).
        is_code: whether the answer shows that the node is a code, shape (nodes,).
    """

    status: str
    decided: str
    reported: NDArray[np.float64]
    is_code: NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """The answers to all texts.

    Attributes:
        codes: those the model gives a probability of their own, in the tree's order.
        probabilities: of the codes, shape (texts, codes), an inner node's own without what lies below it; what is
            missing to 1 is out of scope.
        confidence: probability of the likeliest code, shape (texts,).
        decided: the node that was answered, or OUT_OF_SCOPE.
        likeliest: the likeliest code, whether or not it was sure enough; OUT_OF_SCOPE where none has any probability.
    """

    tree: Taxonomy
    codes: tuple[str, ...]
    probabilities: NDArray[np.float64]
    confidence: NDArray[np.float64]
    statuses: tuple[str, ...]
    decided: tuple[str, ...]
    likeliest: tuple[str, ...]

    @property
    def in_scope(self) -> NDArray[np.float64]:
        """1 - P(out of scope), shape (texts,)."""
        within: NDArray[np.float64] = np.minimum(self.probabilities.sum(axis=1), 1.0)
        return within

    def at_level(self, level: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """The nodes of a level and their probabilities, shape (texts, nodes).

        A node's probability is its own and that of all below it. A code that ends above the level stands for itself.
        """
        ends = [cut(self.tree, code, level) for code in self.codes]
        nodes = tuple(dict.fromkeys(ends))
        belongs = np.array([[end == node for node in nodes] for end in ends], dtype=np.float64)
        return nodes, self.probabilities @ belongs


def read(result: ContactReason, tree: Taxonomy) -> Answer:
    """Keep what is scored of an answer that lists all codes but the one it chose as alternatives.

    A node for review isn't among the alternatives either; it is a code if it is a leaf, or if other answers list it.
    """
    chosen = result.path[-1:]
    listed = {node.code for node in result.alternatives}
    if result.status == "tagged":
        listed.add(chosen[0].code)
    listed.update(node.code for node in chosen if node.code in {leaf.code for leaf in tree.leaves})
    probability = {node.code: node.probability for node in (*chosen, *result.alternatives)}
    return Answer(
        status=result.status,
        decided=OUT_OF_SCOPE if result.code is None else result.code,
        reported=np.array([probability.get(node.code, 0.0) for node in tree.nodes]),
        is_code=np.array([node.code in listed for node in tree.nodes]),
    )


def gather(tree: Taxonomy, answers: Sequence[Answer]) -> Answers:
    """Put the answers to all texts together."""
    columns = np.flatnonzero(np.any([answer.is_code for answer in answers], axis=0))
    codes = tuple(tree.nodes[column].code for column in columns)
    probabilities = _own(tree, codes, np.stack([answer.reported for answer in answers])[:, columns])
    confidence = probabilities.max(axis=1, initial=0.0)
    best = probabilities.argmax(axis=1) if codes else confidence
    return Answers(
        tree=tree,
        codes=codes,
        probabilities=probabilities,
        confidence=confidence,
        statuses=tuple(answer.status for answer in answers),
        decided=tuple(answer.decided for answer in answers),
        likeliest=tuple(
            codes[int(column)] if sure > 0 else OUT_OF_SCOPE for column, sure in zip(best, confidence, strict=True)
        ),
    )


def cut(tree: Taxonomy, code: str, level: int) -> str:
    """The node of a level (from 0) that a code belongs to; one that ends above it, and OUT_OF_SCOPE, stay as is."""
    if code == OUT_OF_SCOPE:
        return code
    path = tree.path(code)
    return path[min(level, len(path) - 1)].code


def truths(meant: Mapping[str, str], rows: Sequence[Labelled]) -> list[str]:
    """The code of each row, by what the labels mean."""
    return [OUT_OF_SCOPE if row.label is None else meant[row.label] for row in rows]


def _own(tree: Taxonomy, codes: Sequence[str], reported: NDArray[np.float64]) -> NDArray[np.float64]:
    """The codes' own probabilities: those reported include what lies below."""
    own = reported.copy()
    above = [{node.code for node in tree.path(code)[:-1]} for code in codes]
    for number in sorted(range(len(codes)), key=lambda number: -len(above[number])):
        below = [other for other, ancestors in enumerate(above) if codes[number] in ancestors]
        if below:
            own[:, number] = np.maximum(reported[:, number] - own[:, below].sum(axis=1), 0.0)
    return own
