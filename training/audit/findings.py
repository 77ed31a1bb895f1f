"""Labels that look wrong, siblings that are taken for each other, and equal texts with different labels."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.extra import INSTALL
from nlp_service.errors import ConfigurationError
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.taxonomy import Taxonomy
from nlp_service.text import prepare
from training.audit.families import INSEPARABLE_KAPPA, confusion, families, kappas, margins, usual_confusion

Kind = Literal["wrong_branch", "wrong_code", "out_of_scope", "should_have_a_code"]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A label that looks wrong.

    Attributes:
        row: position in what was given, from 0.
        level: of the tree, where the two codes part; 1 is the top. Out of scope parts from everything at the top.
        quality: normalised margin of the given label among its siblings at that level, in [0, 1], low is bad.
        p_given, p_suggested: probability of the two codes.
    """

    row: int
    given: str
    suggested: str
    kind: Kind
    level: int
    quality: float
    p_given: float
    p_suggested: float


@dataclass(frozen=True, slots=True)
class SiblingPair:
    """Two siblings that the model takes for each other.

    Attributes:
        rows: that carry one of the two and that the model gives one of the two.
        confused: those of them where it isn't the same one.
        kappa: agreement beyond chance, `PRIOR_ROWS` included: 1 told apart perfectly, 0 no better than by chance.
    """

    first: str
    second: str
    level: int
    rows: int
    confused: int
    kappa: float

    @property
    def is_inseparable(self) -> bool:
        """Whether the two should be merged, or the difference described, rather than single labels be looked at."""
        return self.kappa < INSEPARABLE_KAPPA and OUT_OF_SCOPE not in (self.first, self.second)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rows of the same prepared text whose labels differ; `labels` belong to `rows`, None is out of scope."""

    rows: tuple[int, ...]
    labels: tuple[str | None, ...]


def suspicions(
    tree: Taxonomy, codes: Sequence[str], given: Sequence[str], probabilities: NDArray[np.float64]
) -> list[Suspicion]:
    """Labels that look wrong, the worst first: by level, then by quality.

    Args:
        codes: the model's, `OUT_OF_SCOPE` perhaps among them.
        given: the label of each row, one of `codes`.
        probabilities: shape (rows, codes), each row from a model that hasn't seen its label.

    Raises:
        ConfigurationError: if cleanlab isn't installed.
    """
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError:
        raise ConfigurationError(f"auditing labels needs cleanlab: {INSTALL}") from None
    found = []
    for family in families(tree, codes, given, probabilities):
        if len(np.unique(family.given)) < 2:
            continue  # no sibling has rows to compare with
        arguments = {"labels": family.given, "pred_probs": family.probabilities}
        is_doubted = find_label_issues(**arguments, filter_by="confident_learning", n_jobs=1)
        quality = get_label_quality_scores(**arguments, method="normalized_margin")
        is_doubted &= margins(family) > usual_confusion(family)
        for at in np.flatnonzero(is_doubted):
            row = int(family.rows[at])
            columns = family.columns[family.likeliest[at]]
            suggested = columns[int(probabilities[row, columns].argmax())]
            found.append(
                Suspicion(
                    row=row,
                    given=given[row],
                    suggested=codes[suggested],
                    kind=_kind(tree, given[row], codes[suggested], family.level),
                    level=family.level,
                    quality=float(np.clip(quality[at], 0, 1)),
                    p_given=float(probabilities[row, codes.index(given[row])]),
                    p_suggested=float(probabilities[row, suggested]),
                )
            )
    return sorted(found, key=lambda item: (item.level, item.quality, item.row))


def sibling_pairs(
    tree: Taxonomy, codes: Sequence[str], given: Sequence[str], probabilities: NDArray[np.float64]
) -> list[SiblingPair]:
    """Siblings that the model takes for each other at least once; the most confused first. Arguments as above."""
    pairs = []
    for family in families(tree, codes, given, probabilities):
        counts, agreement = confusion(family), kappas(family)
        both = counts + counts.T
        for first, second in np.argwhere(np.triu(both, 1) > 0):
            agreed = counts[first, first] + counts[second, second]
            pairs.append(
                SiblingPair(
                    family.nodes[first],
                    family.nodes[second],
                    family.level,
                    rows=int(both[first, second] + agreed),
                    confused=int(both[first, second]),
                    kappa=float(agreement[first, second]),
                )
            )
    return sorted(pairs, key=lambda pair: (not pair.is_inseparable, -pair.confused, pair.first, pair.second))


def conflicts(texts: Sequence[str], labels: Sequence[str | None]) -> list[Conflict]:
    """Texts that are the same to the model and carry different labels; those of most rows first."""
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        if prepared := prepare(text):
            rows_of[prepared].append(row)
    found = [
        Conflict(tuple(rows), tuple(labels[row] for row in rows))
        for rows in rows_of.values()
        if len({labels[row] for row in rows}) > 1
    ]
    return sorted(found, key=lambda conflict: (-len(conflict.rows), conflict.rows))


def _kind(tree: Taxonomy, given: str, suggested: str, level: int) -> Kind:
    if given == OUT_OF_SCOPE:
        return "should_have_a_code"
    if suggested == OUT_OF_SCOPE:
        return "out_of_scope"
    return "wrong_branch" if level == 1 and tree.depth > 1 else "wrong_code"
