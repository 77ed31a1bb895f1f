"""Pictures of a run, as SVG that takes its text colour from the page it stands in."""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from load_tests.figures import percentile
from load_tests.records import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (6.4, 3.0)
INK = "#010203"
"""A colour that nothing else has: in the finished picture it becomes the page's own."""
BLUE, ORANGE, GREEN, RED, VIOLET, GREY = "#3b82c4", "#e08a1e", "#2a9d6f", "#d1495b", "#8367c7", "#8a929c"
LINES = (BLUE, ORANGE, GREEN, VIOLET, RED, GREY)
STATUS_COLOURS = {"200": GREEN, "429": ORANGE, "504": VIOLET, "0": GREY}
STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["system-ui", "Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GREY,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "lines.linewidth": 1.5,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.constrained_layout.use": True,
}
PAUSE_S = 2
"""Between two phases, more seconds than these without a request are a pause."""
SHOWN_SHARES = (0.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99)

Rows = Sequence[Mapping[str, Any]]


def latency_over_time(rows: Rows, begins: Mapping[str, float]) -> str:
    """Percentiles of each second, at the second in which requests were due."""

    def draw(axes: "Axes") -> None:
        shown = broken([row for row in rows if row["p50_ms"] is not None], begins)
        for name, colour in (("p99_ms", RED), ("p95_ms", ORANGE), ("p50_ms", BLUE)):
            _series(axes, shown, name, name[:-3], colour)
        axes.set(yscale="log", ylabel="ms", xlabel="s")
        _plain_numbers(axes)
        _phases(axes, begins)

    return _picture("latency", draw)


def statuses_over_time(rows: Rows, begins: Mapping[str, float]) -> str:
    """Answers of each second by status, stacked."""

    def draw(axes: "Axes") -> None:
        seconds = [row["second"] for row in rows]
        names = sorted({status for row in rows for status in row["statuses"]}, key=lambda name: (name != "200", name))
        bottom = [0] * len(rows)
        for name in names:
            heights = [row["statuses"].get(name, 0) for row in rows]
            label = "no answer" if name == "0" else name
            axes.bar(seconds, heights, 1.0, bottom, color=STATUS_COLOURS.get(name, RED), label=label, align="edge")
            bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
        axes.set(ylabel="answers a second", xlabel="s")
        _phases(axes, begins)

    return _picture("statuses", draw)


def sentences_over_time(rows: Rows, watched: Rows, begins: Mapping[str, float]) -> str:
    """Sentences answered in each second, and what the encoder had to do for them."""

    def draw(axes: "Axes") -> None:
        _series(axes, broken(rows, begins), "sentences", "answered", BLUE)
        _series(axes, watched, "encoded_sequences_per_s", "encoded", ORANGE)
        axes.set(ylabel="sentences a second", xlabel="s", ylim=(0, None))
        _phases(axes, begins)

    return _picture("sentences", draw)


def distribution(groups: Mapping[str, Sequence[Record]]) -> str:
    """Latency by percentile, a line a group of records; the axis gives each nine the same room."""

    def draw(axes: "Axes") -> None:
        longest = 0.0
        for colour, (name, group) in zip(LINES, groups.items(), strict=False):
            waits = sorted(record.latency_s * 1000 for record in group if record.good)
            shares = [share for share in SHOWN_SHARES if share < 99 or len(waits) * (1 - share / 100) >= 1]
            longest = max(longest, shares[-1])
            levels = _finely(shares)
            values = [value for value in (percentile(waits, level) for level in levels) if value is not None]
            axes.plot(list(map(_nines, levels))[: len(values)], values, color=colour, label=name)
        axes.set(yscale="log", ylabel="ms", xlabel="percentile")
        ticks = [share for share in SHOWN_SHARES if share <= longest]
        axes.set_xticks([_nines(share) for share in ticks], [f"{share:g}" for share in ticks])
        _plain_numbers(axes)

    return _picture("distribution", draw)


def queue_over_time(watched: Rows, begins: Mapping[str, float]) -> str:
    """Tokens that wait for the encoder, by lane."""

    def draw(axes: "Axes") -> None:
        lanes = {lane: None for row in watched for lane in row["queue_tokens"]}
        for colour, lane in zip(LINES, lanes, strict=False):
            values = [row["queue_tokens"].get(lane, 0) for row in watched]
            axes.plot([row["second"] for row in watched], values, color=colour, label=lane)
        axes.set(ylabel="tokens waiting", xlabel="s", ylim=(0, None))
        _phases(axes, begins)

    return _picture("queue", draw)


def memory_over_time(watched: Rows, begins: Mapping[str, float]) -> str:
    """Resident memory of the server's processes, a line a server."""

    def draw(axes: "Axes") -> None:
        for colour, server in zip(LINES, sorted({row["server"] for row in watched}), strict=False):
            mine = [row for row in watched if row["server"] == server]
            axes.plot([row["second"] for row in mine], [row["rss_mib"] for row in mine], color=colour)
        axes.set(ylabel="resident MiB", xlabel="s", ylim=(0, None))
        _phases(axes, begins)

    return _picture("memory", draw)


def shares_over_time(watched: Rows, begins: Mapping[str, float]) -> str:
    """Share of lookups that the cache answered, and of padding in what was encoded."""

    def draw(axes: "Axes") -> None:
        _series(axes, watched, "cache_hit_share", "cache hits", GREEN, 100)
        _series(axes, watched, "padding_share", "padding", ORANGE, 100)
        axes.set(ylabel="%", xlabel="s", ylim=(0, 105))
        _phases(axes, begins)

    return _picture("shares", draw)


def cpu_over_time(watched: Rows, begins: Mapping[str, float]) -> str:
    """CPUs that the server's processes use."""

    def draw(axes: "Axes") -> None:
        _series(axes, watched, "server_cpus", "server", BLUE)
        axes.set(ylabel="CPUs in use", xlabel="s", ylim=(0, None))
        _phases(axes, begins)

    return _picture("cpu", draw)


def broken(rows: Rows, begins: Mapping[str, float]) -> list[Mapping[str, Any]]:
    """The rows, with an empty one before each phase that begins after seconds without any."""
    found: list[Mapping[str, Any]] = []
    for row in rows:
        last = found[-1]["second"] if found else row["second"]
        if row["second"] - last > PAUSE_S and any(last + 1 <= begin < row["second"] + 1 for begin in begins.values()):
            found.append({"second": row["second"] - 1})
        found.append(row)
    return found


def _picture(name: str, draw: Callable[["Axes"], None]) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=SIZE)
        axes = figure.add_subplot()
        draw(axes)
        if len(axes.get_legend_handles_labels()[1]) > 1 or name == "statuses":
            figure.legend(loc="outside lower center", ncols=5)
        output = io.StringIO()
        figure.savefig(output, format="svg", transparent=True, metadata={"Date": None})
    svg = output.getvalue()
    return svg[svg.index("<svg") :].replace(INK, "currentColor")


def _series(axes: "Axes", rows: Rows, name: str, label: str, colour: str, factor: float = 1.0) -> None:
    """A line with gaps where there is nothing."""
    values = [math.nan if row.get(name) is None else row[name] * factor for row in rows]
    axes.plot([row["second"] for row in rows], values, color=colour, label=label)


def _phases(axes: "Axes", begins: Mapping[str, float]) -> None:
    """A dashed line with its name where each phase begins, if there are several."""
    if len(begins) < 2:
        return
    for name, second in begins.items():
        axes.axvline(second, color=GREY, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.text(second, 1.01, f" {name}", transform=axes.get_xaxis_transform(), fontsize=7.5, va="bottom")


def _plain_numbers(axes: "Axes") -> None:
    """1, 2, 5, 10 instead of powers of ten."""
    from matplotlib.ticker import LogLocator

    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.yaxis.set_minor_formatter(lambda *_: "")


def _nines(share: float) -> float:
    return -math.log10(1 - share / 100)


def _finely(shares: Sequence[float]) -> list[float]:
    """Enough percentiles between 0 and the last of these for a smooth line."""
    steps = max(2, int(40 * _nines(shares[-1])))
    return [100 * (1 - 10 ** (-_nines(shares[-1]) * step / steps)) for step in range(steps + 1)]
