"""Full mode beside head mode: what a second encoder brings, and what it costs."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.reasons.comparison import mcnemar
from nlp_service.embedding.encoder.artifact_encoder import MODEL
from nlp_service.text import prepare
from training.reasons import calibrating
from training.reasons.judging import Judged

TIMED = 32
SIGNIFICANT = 0.05
SHOWN = ("agreement", "expected calibration error")


def compare(head: Judged, full: Judged, folders: Sequence[Path]) -> dict[str, Any]:
    """Head mode beside full mode on the same measured texts, and what each costs.

    Args:
        folders: of the two encoders.
    """
    ways = dict(zip(("head mode", "full mode"), (head, full), strict=True))
    rights = [_right(way) for way in ways.values()]
    table = {name: _row(way, folder) for (name, way), folder in zip(ways.items(), folders, strict=True)}
    p_value = mcnemar(*rights)
    better = float(rights[1].mean() - rights[0].mean())
    return {
        "full mode beside head mode": {
            "same texts": table,
            "difference": {
                "in accuracy": better,
                "texts that only full mode gets right": int((rights[1] & ~rights[0]).sum()),
                "texts that only head mode gets right": int((rights[0] & ~rights[1]).sum()),
                "p (McNemar)": p_value,
                "verdict": _verdict(better, p_value),
            },
        },
        "head mode": head.figures(),
    }


def _right(judged: Judged) -> NDArray[np.bool_]:
    """Whether the likeliest code is the given one, of the measured texts that have one."""
    inside = judged.measured.inside()
    right: NDArray[np.bool_] = calibrating.final(inside, judged.calibration).argmax(axis=1) == inside.given
    return right


def _row(judged: Judged, folder: Path) -> dict[str, Any]:
    made = judged.figures()
    return {
        **made["likeliest code"]["all ways blended, as served"],
        **{f"{level}, {name}": row[name] for level, row in made["levels"].items() for name in SHOWN},
        "texts out of scope refused": made["calibration"]["texts out of scope refused"],
        "megabytes": (folder / MODEL).stat().st_size / 1e6,
        "milliseconds a text": _milliseconds(judged),
    }


def _milliseconds(judged: Judged) -> float:
    """Median time of encoding one text at a time."""
    times = []
    for text in judged.texts[:TIMED]:
        began = time.perf_counter()
        judged.encoder.encode(judged.encoder.tokenize([prepare(text)]))
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))


def _verdict(better: float, p_value: float) -> str:
    if p_value >= SIGNIFICANT:
        return "no difference that couldn't be chance: head mode costs less"
    return "full mode is better" if better > 0 else "head mode is better, and costs less"
