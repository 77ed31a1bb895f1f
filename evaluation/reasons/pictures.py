"""The pictures of a report: calibration, accuracy against coverage, F1 by code."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evaluation.extra import INSTALL
from evaluation.metrics import BINS
from nlp_service.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMED_CODES = 40
"""With more codes than this, their names would run into each other."""
DPI = 120

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def draw(
    folder: Path,
    *,
    calibration: Mapping[str, Any],
    curves: Mapping[str, Curve],
    target: float,
    by_code: Mapping[str, Mapping[str, Mapping[str, float]]],
) -> dict[str, str]:
    """Write the pictures into a folder.

    Args:
        calibration: of `calibration.calibration`.
        curves: of `selective.curve`, by model, the one reported on first.
        target: precision to mark.
        by_code: of `metrics.by_label`, by model in the same order.

    Returns:
        File names by title.

    Raises:
        ConfigurationError: if matplotlib isn't installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigurationError(f"pictures need matplotlib: {INSTALL}") from None

    def page(width: float, height: float) -> "Figure":
        figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
        FigureCanvasAgg(figure)
        return figure

    levels = {name: bins for name, bins in calibration.items() if name != "by level"}
    drawn = {
        "Calibration": _reliability(page(4 * len(levels) + 0.5, 5.2), levels, calibration["by level"]),
        "Accuracy against coverage": _coverage(page(7.5, 5), curves, target),
        "F1 by code": _f1(page, by_code),
    }
    names = {title: f"{title.lower().replace(' ', '-')}.png" for title in drawn}
    for title, figure in drawn.items():
        figure.savefig(folder / names[title], dpi=DPI)
    return names


def _reliability(
    figure: "Figure", levels: Mapping[str, Mapping[str, Any]], summary: Mapping[str, Mapping[str, float]]
) -> "Figure":
    """Per level, the share of right answers in each bin of probability, and below it how many texts the bin holds."""
    axes = figure.subplots(2, len(levels), sharex=True, squeeze=False, height_ratios=(3, 1))
    centres = (np.arange(BINS) + 0.5) / BINS
    for number, (name, bins) in enumerate(levels.items()):
        top, bottom = axes[0][number], axes[1][number]
        rows = [row for row in bins.values() if row["rows"]]
        top.plot([0, 1], [0, 1], color="0.6", linestyle="--", zorder=1, label="perfect")
        top.plot(
            [row["mean_probability"] for row in rows],
            [row["accuracy"] for row in rows],
            marker="o",
            color="C0",
            clip_on=False,
            zorder=3,
            label="measured",
        )
        error = summary[name]["expected_calibration_error"]
        top.set(xlim=(0, 1), ylim=(0, 1), title=f"{name.capitalize()}: calibration error {error:.3f}")
        bottom.bar(centres, [row["rows"] for row in bins.values()], width=0.9 / BINS, color="C0")
        bottom.set_xlabel("probability of the likeliest node")
        top.grid(visible=True, color="0.9")
    axes[0][0].set_ylabel("share that is right")
    axes[1][0].set_ylabel("texts")
    axes[0][0].legend(loc="upper left", frameon=False)
    return figure


def _coverage(figure: "Figure", curves: Mapping[str, Curve], target: float) -> "Figure":
    axes = figure.subplots()
    for number, (name, (coverage, precision)) in enumerate(curves.items()):
        axes.plot(100 * coverage, precision, color=f"C{number}", label=name)
    axes.axhline(target, color="0.5", linestyle="--", label=f"target {target:g}")
    least = min(target, *(float(precision.min()) for _, precision in curves.values()))
    axes.set(xlim=(0, 100), ylim=(max(0.0, least - 0.05), 1.01))
    axes.set(xlabel="coverage: the surest texts, %", ylabel="precision of the likeliest code")
    axes.set_title("Accuracy against coverage")
    axes.grid(visible=True, color="0.9")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _f1(page: Any, by_code: Mapping[str, Mapping[str, Mapping[str, float]]]) -> "Figure":
    """F1 of each code, best first by the first model; a second model's as dots. The font has no Chinese."""
    (name, first), *others = by_code.items()
    codes = sorted(first, key=lambda code: (-first[code]["f1"], code))
    places = np.arange(len(codes))
    values = [first[code]["f1"] for code in codes]
    shown: list[Any]
    if len(codes) > NAMED_CODES or not all(code.isascii() for code in codes):
        figure: Figure = page(11, 4.5)
        axes = figure.subplots()
        shown = [axes.bar(places, values, width=0.85, color="C0", label=name)]
        for other, rows in others:
            dots = [rows[code]["f1"] for code in codes]
            shown.append(axes.scatter(places, dots, s=14, color="C1", zorder=3, clip_on=False, label=other))
        axes.set(xlabel=f"the {len(codes)} labels of the file, best first", ylabel="F1", ylim=(0, 1.02), xticks=[])
        axes.set_xlim(-1, len(codes))
    else:
        figure = page(8, 1.5 + 0.24 * len(codes))
        axes = figure.subplots()
        shown = [axes.barh(places, values, height=0.8, color="C0", label=name)]
        for other, rows in others:
            dots = [rows[code]["f1"] for code in codes]
            shown.append(axes.scatter(dots, places, s=18, color="C1", zorder=3, clip_on=False, label=other))
        axes.set(xlabel="F1", xlim=(0, 1.02), ylim=(len(codes) - 0.4, -0.6))
        axes.set_yticks(places, labels=[code.replace("$", r"\$") for code in codes])
    axes.set_title("F1 by code, as decided")
    axes.grid(visible=True, color="0.9", axis="both")
    axes.set_axisbelow(True)
    if others:
        figure.legend(handles=shown, loc="outside lower center", ncols=2, frameon=False)
    return figure
