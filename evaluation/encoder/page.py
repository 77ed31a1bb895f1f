"""From figures of each encoder to one page: headline figures, tables of encoders side by side, a plot."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.encoder.scoring import Figures
from evaluation.extra import INSTALL
from nlp_service.errors import ConfigurationError

PROBE = "probe, all: accuracy"
PROBE_F1 = "probe, all: macro_f1"
MEGABYTE = 1_000_000


def headline(families: Mapping[str, Figures], cost: Mapping[str, float | None]) -> dict[str, float | int | None]:
    """One encoder's row of the summary; `quality` is the mean of the five kinds of task, each counting alike."""
    probe = _mean(families["classification"], PROBE)
    pairs = _mean(families["pairs"], "auc")
    clustering = families["clustering"]["dstc11"]["accuracy"]
    retrieval = _mean(families["retrieval"], "recall_at_1")
    unseen = _mean(families["unseen intents"], "mean")
    return {
        "quality": float(np.mean([probe, pairs, clustering, retrieval, unseen])),
        "probes": probe,
        "cic": families["classification"]["cic"][PROBE],
        "cic macro-F1": families["classification"]["cic"][PROBE_F1],
        "pairs AUC": pairs,
        "dstc11 ACC": clustering,
        "FAQ recall@1": retrieval,
        "unseen intents": unseen,
        "codes by name": _mean(families["codes by name"], "top level"),
        "Traditional gap": _mean(families["Traditional"], "difference"),
        "sentences/s": cost["sentences_per_s"],
        "single ms": cost["single_ms"],
        "MB": cost["disk_mb"],
    }


def side_by_side(encoders: Mapping[str, Mapping[str, Figures]]) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Encoder → family → task → figure turned into family → figure → task → encoder."""
    page: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for encoder, families in encoders.items():
        for family, tasks in families.items():
            for task, figures in tasks.items():
                for figure, value in figures.items():
                    page.setdefault(family, {}).setdefault(figure, {}).setdefault(task, {})[encoder] = value
    return page


def plot(summary: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """Write `quality.png` and `quality.svg`: quality against sentences a second, one point an encoder.

    Raises:
        ConfigurationError: if matplotlib isn't installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
    except ImportError:
        raise ConfigurationError(f"the plot needs matplotlib: {INSTALL}") from None
    figure = Figure(figsize=(8, 5), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for number, (name, row) in enumerate(summary.items()):
        place = (row["sentences/s"], row["quality"])
        axes.scatter(*place, s=70, color=f"C{number}", zorder=3)
        axes.annotate(name, place, xytext=(7, 7), textcoords="offset points", fontsize=11)
    axes.set(xscale="log", xlabel="sentences a second (log scale)", ylabel="mean quality")
    axes.set_title("Sentence encoders: quality against speed")
    axes.margins(0.2)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(visible=True, color="0.9")
    for suffix in ("png", "svg"):
        figure.savefig(folder / f"quality.{suffix}", dpi=150)


def _mean(tasks: Figures, figure: str) -> float:
    return float(np.mean([figures[figure] for figures in tasks.values()]))
