"""The picture of a comparison: agreement with the labels, and what it costs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.extra import INSTALL
from nlp_service.errors import ConfigurationError

FIGURES = {"acc": "accuracy", "nmi": "NMI", "ari": "ARI", "share_of_outliers": "share of outliers"}
FILE = "side-by-side.png"
DPI = 120


def draw(folder: Path, candidates: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the bars of each candidate into a folder; the name of the file.

    Args:
        candidates: rows of `report.side_by_side`.

    Raises:
        ConfigurationError: if matplotlib isn't installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigurationError(f"pictures need matplotlib: {INSTALL}") from None

    figure = Figure(figsize=(12, 4.6), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(3, 1))
    places, width = np.arange(len(FIGURES)), 0.84 / len(candidates)
    names = [name + "*" * (row["told"] == "yes") for name, row in candidates.items()]
    for number, (name, row) in enumerate(zip(names, candidates.values(), strict=True)):
        shifted = places + (number - (len(candidates) - 1) / 2) * width
        bars = left.bar(
            shifted, [row[figure] for figure in FIGURES], width=0.92 * width, color=f"C{number}", label=name
        )
        left.bar_label(bars, fmt="%.2f", fontsize=6.5, padding=2)
        bars = right.barh(number, row["seconds"], height=0.8, color=f"C{number}")
        right.bar_label(bars, fmt="%.1f", fontsize=8, padding=3)
    left.set(ylim=(0, 1.05), title="Agreement with the labels (* told how many there are)")
    left.set_xticks(places, labels=list(FIGURES.values()))
    right.set(title="Seconds, encoding apart", ylim=(len(candidates) - 0.4, -0.6))
    right.set_yticks(np.arange(len(candidates)), labels=names)
    right.margins(x=0.18)
    for axes, direction in ((left, "y"), (right, "x")):
        axes.grid(visible=True, color="0.9", axis=direction)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=len(candidates), frameon=False)
    figure.savefig(folder / FILE, dpi=DPI)
    return FILE
