"""The texts to train on, each with its code, its weight, and whether figures may be computed on it."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evaluation.labelled import Labelled, read_labelled, read_texts
from nlp_service.errors import DataError
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.taxonomy import Taxonomy
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


def read_rows(tree: Taxonomy, options: argparse.Namespace) -> list[Row]:
    """All rows, as the service reads them for contact reasons (`essence`); texts without a sentence are left out.

    Raises:
        DataError: if a label is neither a code, a name nor an alias of the tree.
    """
    generator = np.random.default_rng(options.seed)
    measure_train = not (options.calibrate or options.valid)
    rows = [replace(row, is_measured=measure_train) for row in _labelled(tree, options.train)]
    rows += [replace(row, is_measured=True) for row in _labelled(tree, options.calibrate)]
    valid = [replace(row, is_measured=True, is_trained=False) for row in _labelled(tree, options.valid)]
    for path in options.extra:
        rows += _extra(tree, path, options.extra_rows, generator)
    for path in options.out_of_scope:
        texts = read_texts(path)
        chosen = generator.permutation(len(texts))[: options.out_of_scope_rows].tolist()
        rows += [Row(texts[at], OUT_OF_SCOPE, OUT_OF_SCOPE_WEIGHT, place=Place(path.name, at + 1)) for at in chosen]
    labelled = {row.code for row in rows if row.is_trained}
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


def _code(tree: Taxonomy, row: Labelled) -> str:
    if row.label is None:
        return OUT_OF_SCOPE
    code = tree.resolve(row.label)
    if code is None:
        raise DataError(f"label '{row.label}' is neither a code, a name nor an alias in taxonomy '{tree.id}'")
    if not tree.is_active(code):
        raise DataError(f"label '{row.label}' is the code '{code}', which isn't active in taxonomy '{tree.id}'")
    return code


def _labelled(tree: Taxonomy, paths: Sequence[Path]) -> list[Row]:
    return [_row(tree, path, at, row) for path in paths for at, row in enumerate(read_labelled(path))]


def _extra(tree: Taxonomy, path: Path, most: int, generator: np.random.Generator) -> list[Row]:
    """At most so many rows of each label, drawn by chance."""
    rows = read_labelled(path)
    kept: dict[str | None, list[int]] = {}
    for at in generator.permutation(len(rows)).tolist():
        kept.setdefault(rows[at].label, []).append(at)
    drawn = [_row(tree, path, at, rows[at]) for group in kept.values() for at in group[:most]]
    return [replace(row, weight=EXTRA_WEIGHT) for row in drawn]


def _row(tree: Taxonomy, path: Path, at: int, row: Labelled) -> Row:
    return Row(row.text, _code(tree, row), place=Place(path.name, at + 1))
