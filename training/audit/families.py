"""Families of siblings with the rows that they share, and how far the model tells siblings apart."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.taxonomy import Taxonomy

INSEPARABLE_KAPPA = 0.4
"""Below it agreement is at most fair (Landis & Koch, Biometrics 1977)."""
PRIOR_ROWS = 5
"""Rows of each of two siblings that are taken to agree beforehand: three confused rows don't make a confused pair."""


@dataclass(frozen=True, slots=True)
class Family:
    """Siblings, and the rows whose given label and likeliest label both belong to their parent.

    Attributes:
        nodes: the siblings' codes; a code that has children and rows of its own is among them as itself.
        columns: for each sibling, which of the model's codes belong to it.
        rows: positions, shape (rows,).
        given: of each row, which sibling its label belongs to, shape (rows,).
        probabilities: among the siblings, shape (rows, siblings); rows add up to 1.
    """

    level: int
    nodes: list[str]
    columns: list[list[int]]
    rows: NDArray[np.intp]
    given: NDArray[np.intp]
    probabilities: NDArray[np.float64]

    @property
    def likeliest(self) -> NDArray[np.intp]:
        """Shape (rows,); where two are equally likely, the given one if it is among them."""
        at = np.arange(len(self.rows))
        is_best = self.probabilities[at, self.given] >= self.probabilities.max(axis=1)
        return np.where(is_best, self.given, self.probabilities.argmax(axis=1))


def families(
    tree: Taxonomy, codes: Sequence[str], given: Sequence[str], probabilities: NDArray[np.float64]
) -> Iterator[Family]:
    """Families of at least two siblings that have rows, each before those below it."""
    column_of = {code: column for column, code in enumerate(codes)}
    given_columns = np.array([column_of[code] for code in given], dtype=np.intp)
    waiting = [(1, list(range(len(codes))), np.arange(len(given)))]
    while waiting:
        level, columns, rows = waiting.pop(0)
        members: dict[str, list[int]] = defaultdict(list)
        for column in columns:
            members[_node_at(tree, codes[column], level)].append(column)
        if not len(rows) or not columns:
            continue
        sums = np.stack([probabilities[rows][:, part].sum(axis=1) for part in members.values()], axis=1)
        sibling_of = {column: number for number, part in enumerate(members.values()) for column in part}
        family = Family(
            level,
            list(members),
            list(members.values()),
            rows,
            np.array([sibling_of[column] for column in given_columns[rows]], dtype=np.intp),
            sums / np.maximum(sums.sum(axis=1, keepdims=True), np.finfo(float).tiny),
        )
        if len(members) > 1:
            yield family
        is_undoubted = family.likeliest == family.given
        for number, part in enumerate(family.columns):
            if len(part) > 1:
                waiting.append((level + 1, part, rows[is_undoubted & (family.given == number)]))


def _node_at(tree: Taxonomy, code: str, level: int) -> str:
    """The code's node at a level, itself if it ends above."""
    if code == OUT_OF_SCOPE:
        return code
    path = tree.path(code)
    return path[min(level, len(path)) - 1].code


def margins(family: Family) -> NDArray[np.float64]:
    """How much likelier the likeliest sibling is than the given one, of the two alone: shape (rows,), in [0, 1]."""
    at = np.arange(len(family.rows))
    ours, theirs = family.probabilities[at, family.given], family.probabilities[at, family.likeliest]
    excess: NDArray[np.float64] = (theirs - ours) / np.maximum(theirs + ours, np.finfo(float).tiny)
    return excess


def usual_confusion(family: Family) -> NDArray[np.float64]:
    """What a row's margin must exceed, shape (rows,): 1 − κ of given and likeliest sibling, 1 if inseparable."""
    agreement = kappas(family)
    is_scope = np.array([node == OUT_OF_SCOPE for node in family.nodes])
    is_listed_as_pair = (agreement < INSEPARABLE_KAPPA) & ~(is_scope[:, None] | is_scope[None, :])
    needed: NDArray[np.float64] = np.where(is_listed_as_pair, 1.0, 1 - agreement)[family.given, family.likeliest]
    return needed


def confusion(family: Family) -> NDArray[np.int64]:
    """Rows by given sibling and likeliest sibling, shape (siblings, siblings)."""
    size = len(family.nodes)
    counts: NDArray[np.int64] = np.bincount(family.given * size + family.likeliest, minlength=size * size)
    return counts.reshape(size, size)


def kappas(family: Family) -> NDArray[np.float64]:
    """Cohen's kappa of each two siblings in the rows of the two alone, shape (siblings, siblings)."""
    counts = confusion(family).astype(float)
    same = counts.diagonal() + PRIOR_ROWS
    first, second = same[:, None], same[None, :]  # a, d of the table [[a, b], [c, d]] of each pair
    b, c = counts, counts.T
    rows = first + second + b + c
    chance = ((first + b) * (first + c) + (second + b) * (second + c)) / rows**2
    agreement: NDArray[np.float64] = ((first + second) / rows - chance) / (1 - chance)
    return agreement
