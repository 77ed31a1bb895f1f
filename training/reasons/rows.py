"""The texts to train on, each with its code, its weight, and whether figures may be computed on it."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evaluation.labelled import read_labelled
from evaluation.meanings import meanings
from nlp_service.review.labels import Labels
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.taxonomy import Changes, Taxonomy
from nlp_service.text import essence, prepare, split_sentences
from training.audit import Place

EXAMPLE_WEIGHT = 1.0
ONLY_EXAMPLE_WEIGHT = 8.0
"""Of an example whose code has no labelled text: five examples stand against hundreds of texts of other codes."""
EXTRA_WEIGHT = 0.5
OUT_OF_SCOPE_WEIGHT = 0.1
"""Of a text from a file that has nothing to do with the tree. Little, because customers talk much like anybody else: at
1, out of scope took 4 % of the texts that had a code, and 5 points of accuracy on our own examples; at 0.1 it takes
0.5 % (cross-validation on CIC)."""


@dataclass(frozen=True)
class Row:
    """A text to train on.

    Attributes:
        text: as the service reads it for contact reasons.
        code: its code, or `OUT_OF_SCOPE`.
        is_measured: whether figures and calibration may rest on it.
        is_trained: whether the final model is fitted on it.
        sent: the text as it was written.
        place: where; None if the tree holds it.
    """

    text: str
    code: str
    weight: float = 1.0
    is_measured: bool = False
    is_trained: bool = True
    sent: str = ""
    place: Place | None = None


def read_rows(tree: Taxonomy, options: argparse.Namespace, changes: Changes | None = None) -> list[Row]:
    """All rows, as the service reads them for contact reasons (`essence`); texts without a sentence are left out.

    Args:
        changes: from an older tree, whose codes labels may be; rows of those that were split or retired are left out.

    Raises:
        DataError: if a file can't be read, or a label is neither a code, a name nor an alias of the tree.
    """
    generator = np.random.default_rng(options.seed)
    read = _Files(tree, [*options.train, *options.calibrate, *options.valid, *options.extra], changes)
    measure_train = not (options.calibrate or options.valid)
    rows = [replace(row, is_measured=measure_train) for row in read.rows(options.train)]
    rows += [replace(row, is_measured=True) for row in read.rows(options.calibrate)]
    valid = [replace(row, is_measured=True, is_trained=False) for row in read.rows(options.valid)]
    for path in options.extra:
        rows += _some_of_each(read.rows([path]), options.extra_rows, generator)
    for path in options.out_of_scope:
        texts = read_labelled(path, column=None)
        chosen = [texts[at] for at in generator.permutation(len(texts))[: options.out_of_scope_rows].tolist()]
        rows += [Row(row.text, OUT_OF_SCOPE, OUT_OF_SCOPE_WEIGHT, place=Place(path.name, row.row)) for row in chosen]
    trained = [row for row in rows if row.is_trained]
    coarse = coarse_labels(tree, trained).values()
    labelled = {row.code for row in trained}.union(*coarse)
    for node in tree.leaves:
        weight = EXAMPLE_WEIGHT if node.code in labelled else ONLY_EXAMPLE_WEIGHT
        rows += [Row(example, node.code, weight) for example in (*node.examples, node.name.zh)]
    unseen = {prepare(row.text) for row in valid}
    rows = [row for row in rows if prepare(row.text) not in unseen] + valid
    return [replace(row, text=essence(row.text), sent=row.text) for row in rows if split_sentences(row.text)]


def codes_of(tree: Taxonomy, rows: Sequence[Row]) -> list[str]:
    """Every active leaf and every inner node that a text is labelled with, in the order of the tree."""
    labelled = {row.code for row in rows}
    leaves = {node.code for node in tree.leaves}
    return [node.code for node in tree.below(None) if node.code in leaves or node.code in labelled]


def coarse_labels(tree: Taxonomy, rows: Sequence[Row]) -> dict[str, list[str]]:
    """The inner nodes that texts are labelled with while none is with anything below, each with its leaves.

    Such a label says of a text no more than that it is about one of these. Where leaves have texts of their own, a
    label above them was chosen instead of theirs, and is a code like any other.
    """
    labelled = {row.code for row in rows if row.place}
    below = {code: tree.below(code) for code in labelled if code in tree}
    leaves = {node.code for node in tree.leaves}
    return {
        code: [node.code for node in nodes if node.code in leaves]
        for code, nodes in below.items()
        if nodes and not any(node.code in labelled for node in nodes)
    }


class _Files:
    """Labelled files, read once, with what their labels mean."""

    def __init__(self, tree: Taxonomy, paths: Sequence[Path], changes: Changes | None) -> None:
        labels, files = Labels(tree, changes), {path: read_labelled(path) for path in paths}
        used = Counter(row.label for rows in files.values() for row in rows if row.label)
        codes = {label: code for label in used if (code := labels.code(label)) and labels.is_gone(code)}
        self._files = {path: [row for row in rows if row.label not in codes] for path, rows in files.items()}
        if codes:
            gone = Counter[str]()
            for label, code in codes.items():
                gone[code] += used[label]
            print(labels.left_out(gone), file=sys.stderr)
        self._meant = meanings(tree, self._files, changes, are_trained=True)

    def rows(self, paths: Sequence[Path]) -> list[Row]:
        return [
            Row(row.text, self._meant[row.label] if row.label else OUT_OF_SCOPE, place=Place(path.name, row.row))
            for path in paths
            for row in self._files[path]
        ]


def _some_of_each(rows: Sequence[Row], most: int, generator: np.random.Generator) -> list[Row]:
    """At most so many rows of each code, drawn by chance, of lesser weight."""
    kept: dict[str, list[Row]] = {}
    for at in generator.permutation(len(rows)).tolist():
        kept.setdefault(rows[at].code, []).append(replace(rows[at], weight=EXTRA_WEIGHT))
    return [row for group in kept.values() for row in group[:most]]
