"""What a newer tree inherits from the codes that a model was trained on: renamed, merged, split or retired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_service.tasks.reasons.prototypes import unit
from nlp_service.taxonomy import Changes, Node, Taxonomy

Numbers = NDArray[np.float64]


def new_nodes(codes: Sequence[str], taxonomy: Taxonomy, changes: Changes) -> list[Node]:
    """Active leaves that no code of the model became alone: a part of a split is as new as a leaf that was added."""
    inherited = {targets[0] for code in codes if len(targets := changes.resolve(code, taxonomy)) == 1}
    return [node for node in taxonomy.leaves if node.code not in inherited]


def inherited_directions(
    codes: Sequence[str], directions: NDArray[np.float32], taxonomy: Taxonomy, changes: Changes
) -> dict[str, NDArray[np.float32]]:
    """The direction of each code that inherits one; codes merged into one share the mean of theirs."""
    gathered: dict[str, list[NDArray[np.float32]]] = {}
    for code, row in zip(codes, directions, strict=True):
        targets = changes.resolve(code, taxonomy)
        if len(targets) == 1:
            gathered.setdefault(targets[0], []).append(row)
    return {code: unit(np.sum(parts, axis=0, keepdims=True))[0] for code, parts in gathered.items()}


@dataclass(frozen=True)
class Inheritance:
    """Where the probabilities of a head's labels go on a tree.

    Attributes:
        known: which codes get some, shape (codes,).
        _whole: labels and the codes that get all of theirs, no code twice in one of the pairs.
    """

    known: NDArray[np.bool_]
    _whole: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
    _split: Mapping[int, Sequence[int]]
    _retired: Sequence[int]

    @classmethod
    def of(
        cls, labels: Sequence[str], codes: Sequence[str], taxonomy: Taxonomy, changes: Changes, *, but: str
    ) -> "Inheritance":
        """Follow each label but one, which is no code, to what became of it."""
        column = {code: number for number, code in enumerate(codes)}
        heirs: list[list[int]] = [[] for _ in codes]
        split: dict[int, list[int]] = {}
        retired: list[int] = []
        for row, label in enumerate(labels):
            if label == but:
                continue
            targets = [column[target] for target in changes.resolve(label, taxonomy) if target in column]
            if len(targets) == 1:
                heirs[targets[0]].append(row)
            elif targets:
                split[row] = targets
            else:
                retired.append(row)
        known = np.array([bool(rows) for rows in heirs], dtype=bool)
        whole = []
        for turn in range(max(map(len, heirs), default=0)):
            having = [code for code, rows in enumerate(heirs) if len(rows) > turn]
            whole.append((np.array([heirs[code][turn] for code in having]), np.array(having)))
        known[[part for parts in split.values() for part in parts]] = True
        return cls(known, whole, split, retired)

    def pass_on(self, by_label: Numbers, cosines: Numbers, scale: float) -> tuple[Numbers, Numbers]:
        """The head's probabilities by code, and what retired codes had of them.

        Args:
            by_label: shape (rows, labels).
            cosines: shape (rows, codes); they divide what a split code had, times `scale`.

        Returns:
            Shapes (rows, codes) and (rows,).
        """
        by_code = np.zeros((len(by_label), len(self.known)))
        for labels, codes in self._whole:
            by_code[:, codes] += by_label[:, labels]
        for label, parts in self._split.items():
            strength = np.exp(scale * cosines[:, parts])
            by_code[:, parts] += by_label[:, [label]] * strength / strength.sum(axis=1, keepdims=True)
        return by_code, by_label[:, self._retired].sum(axis=1)
