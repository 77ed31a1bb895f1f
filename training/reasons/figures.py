"""What the training report says, on texts that the models haven't seen."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.metrics import classification, expected_calibration_error
from nlp_service.tasks.reasons.blending import Calibration
from training import noise
from training.reasons import calibrating
from training.reasons.calibrating import Measured


def figures(
    measured: Measured,
    calibration: Calibration,
    model: noise.NoiseModel,
    thresholds: Mapping[str, Sequence[float]],
) -> dict[str, Any]:
    """Everything that could be measured; agreement is with the labels as given, right or wrong."""
    inside = measured.inside()
    names = np.array(inside.codes)
    truth = names[inside.given].tolist()
    answered = names.copy()
    for code, below in inside.coarse.items():
        answered[below] = names[code]
    ways = {
        "all ways blended, as served": calibrating.final(inside, calibration),
        "head alone, no tree": inside.texts(inside.held_out.by_label[:, : len(names)]),
        "nearest direction alone": inside.texts(inside.held_out.cosines),
    }
    levels = {level: calibrating.of_level(inside, calibration, level) for level in range(1, inside.levels.depth + 1)}
    leaf = levels[inside.levels.depth]
    return {
        "likeliest code": {
            name: classification(truth, answered[rows.argmax(axis=1)].tolist()) for name, rows in ways.items()
        },
        "levels": {
            f"level {level}": {
                "agreement": float(judged.right.mean()),
                "estimated accuracy": model.clean_precision(float(judged.right.mean()), judged.chance),
                "mean probability": float(judged.probability.mean()),
                "expected calibration error": None
                if model.noise_rate
                else expected_calibration_error(judged.probability, judged.right),
            }
            for level, judged in levels.items()
        },
        "target precisions": {
            target: {
                **{f"threshold, level {number}": limit for number, limit in enumerate(limits, start=1)},
                "decided on the last level": float((leaf.probability >= limits[-1]).mean()),
            }
            for target, limits in thresholds.items()
        },
        "calibration": {
            "estimated share of wrong labels": model.noise_rate,
            **{f"temperature, level {level}": value for level, value in enumerate(calibration.temperatures, start=1)},
            "pull": calibration.pull,
            "scale of added codes": calibration.scale,
            "bias of added codes": calibration.bias,
            "within scope from": calibration.in_scope,
            **calibrating.scope_figures(measured, calibration),
        },
    }
