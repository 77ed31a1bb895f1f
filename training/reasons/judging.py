"""What models on one encoder say about texts that they haven't seen, and what is calibrated on it."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Encoder
from nlp_service.errors import DataError
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.tasks.reasons.blending import Calibration
from nlp_service.tasks.reasons.levels import Levels
from nlp_service.taxonomy import Taxonomy
from training.head import Recipe
from training.noise import NoiseModel
from training.reasons import calibrating
from training.reasons.calibrating import Measured
from training.reasons.figures import figures
from training.reasons.fitting import Material, cross_validate
from training.reasons.rows import Row, codes_of


@dataclass(frozen=True)
class Judged:
    """Everything but the final fit.

    Attributes:
        lexicon_share: the lexicon's beside the head.
        texts: the measured ones, as they are read.
    """

    encoder: Encoder
    material: Material
    lexicon_share: float
    texts: Sequence[str]
    measured: Measured
    calibration: Calibration
    model: NoiseModel
    thresholds: Mapping[str, Sequence[float]]

    def figures(self) -> dict[str, Any]:
        return {**figures(self.measured, self.calibration, self.model, self.thresholds), "lexicon": self._beside()}

    def _beside(self) -> dict[str, float]:
        return {"share beside the head": self.lexicon_share}


def check(tree: Taxonomy, rows: Sequence[Row]) -> None:
    """Refuse texts that can't be calibrated on.

    Raises:
        DataError: if no text that may be measured has a code, or, in a tree of several, all have the same one.
    """
    measured = {row.code for row in rows if row.is_measured} - {OUT_OF_SCOPE}
    if not measured:
        raise DataError("no labelled text has a code: nothing to calibrate on")
    if len(measured) == 1 < len(codes_of(tree, rows)):
        raise DataError("all texts to calibrate on have one code: nothing can be told apart by them")


def judge(
    encoder: Encoder,
    tree: Taxonomy,
    rows: Sequence[Row],
    recipe: Recipe,
    options: argparse.Namespace,
    shown: NDArray[np.bool_] | None = None,
) -> Judged:
    """Cross-validate and calibrate.

    Args:
        rows: that `check` lets pass.
        shown: which rows the encoder itself was trained on, shape (rows,); nothing is measured on them.

    Raises:
        DataError: if no text with a code gets it.
    """
    material = Material.of(encoder, tree, codes_of(tree, rows), rows)
    judged = np.array([row.is_measured for row in rows])
    outside = np.array([row.code == OUT_OF_SCOPE for row in rows])
    if not (judged & outside).any():
        judged |= outside
    if shown is not None:
        judged &= ~shown
    held_out, share = cross_validate(material, recipe, judged, np.array([row.is_trained for row in rows]))
    column = {code: number for number, code in enumerate(material.codes)}
    given = np.array([column.get(rows[text].code, -1) for text in held_out.texts])
    levels = Levels(tree, material.codes)
    coarse = {column[code]: [column[leaf] for leaf in below] for code, below in material.coarse.items()}
    measured = Measured(held_out, given, levels, tree, material.codes, options.noisy, coarse)
    calibration, model = calibrating.calibrate(measured, material, options.refusals, options.seed)
    thresholds = calibrating.thresholds(measured, calibration, model)
    texts = [rows[text].text for text in held_out.texts if rows[text].is_measured]
    return Judged(encoder, material, share, texts, measured, calibration, model, thresholds)
