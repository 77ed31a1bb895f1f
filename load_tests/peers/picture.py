"""The report as bars."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from load_tests.peers.chats import Results
from load_tests.peers.embeddings import SHAPES, Result
from load_tests.peers.report import Run, lines_of

OURS = "#1f6f8b"
OTHERS = ("#c9c9c9", "#adadad", "#919191", "#757575", "#595959")
LIMIT = "#d98c3f"


def draw(run: Run, path: Path) -> None:
    """Write the picture (needs matplotlib)."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    parts = bool(run.embeddings) + bool(run.chats)
    figure, axes = pyplot.subplots(1, parts, figsize=(8.5 * parts, 5.5), squeeze=False, layout="constrained")
    panels = iter(axes[0])
    if run.embeddings:
        _embeddings(next(panels), run.embeddings)
    if run.chats:
        _chats(next(panels), run.chats)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _embeddings(panel: Any, results: Sequence[Result]) -> None:
    width = 0.84 / len(results)
    for number, result in enumerate(results):
        places = [group + (number - (len(results) - 1) / 2) * width for group in range(len(SHAPES))]
        color = OTHERS[(number - 1) % len(OTHERS)] if number else OURS
        rates = [result.shapes[shape].rate for shape in SHAPES]
        bars = panel.bar(places, rates, width * 0.92, color=color, label=result.contender.name)
        panel.bar_label(bars, [f"{rate:,.0f}" for rate in rates], fontsize=7, padding=1, rotation=90)
    panel.set_xticks(range(len(SHAPES)), [str(shape).replace(" × ", "\n× ") for shape in SHAPES])
    panel.set_ylabel("sentences a second")
    panel.set_title("/v1/embeddings, the same network, no cache", loc="left")
    panel.margins(y=0.14)
    panel.legend(frameon=False, fontsize=8, loc="upper left")
    panel.spines[["top", "right"]].set_visible(False)


def _chats(panel: Any, chats: Results) -> None:
    lines = lines_of(chats)[::-1]
    rates = [median(line.rates) for line in lines]
    colors = [_color(line.name) for line in lines]
    bars = panel.barh([line.name for line in lines], rates, color=colors)
    panel.bar_label(bars, [f"{rate:,.0f}" for rate in rates], fontsize=8, padding=3)
    panel.set_xscale("log")
    panel.set_xlim(left=min(rates) / 3, right=max(rates) * 3)
    panel.set_xlabel("sentences a second, logarithmic")
    panel.set_title("Everything about whole chats", loc="left")
    panel.spines[["top", "right"]].set_visible(False)


def _color(name: str) -> str:
    if name.startswith("nlp-service"):
        return OURS
    return LIMIT if name.startswith("bare") else OTHERS[2]
