"""The benchmark's report: JSON with every figure, Markdown tables, and a picture."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from load_tests.peers.chats import Results
from load_tests.peers.embeddings import SHAPES, Result, Shape
from load_tests.peers.figures import Rounds, ratio

Row = Sequence[str]


@dataclass(frozen=True)
class Run:
    """A whole run.

    Attributes:
        about: when, where and with what options.
        versions: package versions, by contender.
        embeddings: ours first; empty if not measured.
        chats: nothing if not measured.
    """

    about: dict[str, Any]
    versions: dict[str, dict[str, str]]
    embeddings: list[Result]
    chats: Results | None


@dataclass(frozen=True)
class Line:
    """One line of the table of chats, which is one bar of its picture.

    Attributes:
        ours_to_it: how many times as fast our server is with chats that are new to it.
    """

    name: str
    rates: list[float]
    times: dict[str, float]
    ours_to_it: float


def machine() -> dict[str, Any]:
    """What the run ran on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average_before": os.getloadavg()[0],
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def lines_of(chats: Results) -> list[Line]:
    """Everybody who worked on chats."""
    new = chats.new.rates
    lines = [Line("nlp-service, nothing cached", new, chats.new.times(), 1.0)]
    lines += [
        Line("nlp-service, everything cached", chats.cached.rates, chats.cached.times(), ratio(new, chats.cached.rates))
    ]
    lines += [Line(f"bare encoder, {way}", rates, {}, ratio(new, rates)) for way, rates in chats.limits.items()]
    if chats.three.rates:
        three = chats.three
        lines.append(
            Line("FastAPI + 3 sentence-transformers models", three.rates, three.times(), ratio(new, three.rates))
        )
    return lines


def best_peers(results: Sequence[Result]) -> dict[Shape, tuple[str, float]]:
    """For each kind of load, the fastest other server, and how many times as fast ours is."""
    ours, *peers = results
    found = {}
    for shape in SHAPES if peers else ():
        best = max(peers, key=lambda peer: peer.shapes[shape].rate)
        found[shape] = (best.contender.name, ratio(ours.shapes[shape].rates, best.shapes[shape].rates))
    return found


def write(run: Run, folder: Path) -> None:
    """Write `report.json` and `report.md`."""
    (folder / "report.json").write_text(json.dumps(_as_json(run), ensure_ascii=False, indent=2), encoding="utf-8")
    (folder / "report.md").write_text(markdown(run), encoding="utf-8")


def _as_json(run: Run) -> dict[str, Any]:
    report: dict[str, Any] = {"about": run.about, "embeddings": [], "chats": {}}
    for result in run.embeddings:
        report["embeddings"].append(
            {
                "server": result.contender.name,
                "setting": result.contender.setting,
                "versions": run.versions.get(result.contender.name, {}),
                "lowest_cosine": result.cosine,
                "loads": [
                    {"texts": shape.texts, "connections": shape.connections, **rounds.summary()}
                    for shape, rounds in result.shapes.items()
                ],
            }
        )
    if run.chats:
        report["chats"] = {
            line.name: {
                "sentences_per_second": median(line.rates),
                "best": max(line.rates),
                "rounds": line.rates,
                "latency_ms": line.times,
                "ours_to_it": line.ours_to_it,
            }
            for line in lines_of(run.chats)
        }
    return report


def markdown(run: Run) -> str:
    """The report to read."""
    about = run.about
    parts = [
        "# Our server beside others",
        f"{about['date']}, {about['cores']} cores ({about['processor']}), load average "
        f"{about['load_average_before']:.1f} before and {about['load_average_after']:.1f} after. "
        f"{about['sentences']} different sentences in {about['chats']} chats of {about['transcripts']}. "
        f"One server at a time, {about['rounds']} rounds in turn; figures are medians of the rounds, ratios medians of "
        "the rounds' ratios, times are of all rounds together.",
    ]
    if run.embeddings:
        parts += _embeddings(run)
    if run.chats:
        parts += _chats(run.chats)
    return "\n\n".join([*parts, "![the same as bars](report.png)"]) + "\n"


def _embeddings(run: Run) -> list[str]:
    ours, *peers = run.embeddings
    shapes = [str(shape) for shape in SHAPES]
    rates = [[result.contender.name, *(f"{result.shapes[s].rate:,.0f}" for s in SHAPES)] for result in run.embeddings]
    ratios = [
        [peer.contender.name, *(f"{ratio(ours.shapes[s].rates, peer.shapes[s].rates):.2f}" for s in SHAPES)]
        for peer in peers
    ]
    times = [[result.contender.name, *(_times(result.shapes[s]) for s in SHAPES)] for result in run.embeddings]
    best = [
        f"{shape}: **{times_as_fast:.2f}** × {name}"
        for shape, (name, times_as_fast) in best_peers(run.embeddings).items()
    ]
    setup = [
        [
            result.contender.name,
            result.contender.setting,
            ", ".join(f"{name} {version}" for name, version in run.versions.get(result.contender.name, {}).items()),
            f"{result.cosine:.6f}",
        ]
        for result in run.embeddings
    ]
    return [
        "## `/v1/embeddings`, the same network everywhere, no cache",
        "Sentences a second:",
        _table(["server", *shapes], rates),
        "How many times as fast ours is:",
        _table(["than", *shapes], ratios),
        "Against the best of the others: " + "; ".join(best) + "." if best else "",
        "Milliseconds, p50 / p95 / p99:",
        _table(["server", *shapes], times),
        "Lowest cosine of each one's vectors with ours, checked before timing:",
        _table(["server", "set up with", "versions", "cosine"], setup, figures=1),
    ]


def _chats(chats: Results) -> list[str]:
    rows = [
        [line.name, f"{median(line.rates):,.0f}", _milliseconds(line.times), f"{line.ours_to_it:.2f}"]
        for line in lines_of(chats)
    ]
    way, limit = chats.limit
    goals = [
        f"{ratio(chats.new.rates, limit):.0%} of the limit, the bare encoder at its best ({way}); goal 90 %",
        f"cached {ratio(chats.cached.rates, chats.new.rates):.1f} × new; goal 20",
    ]
    if chats.three.rates:
        goals.append(f"{ratio(chats.new.rates, chats.three.rates):.1f} × the three models; goal 10")
    return [
        "## Everything about whole chats",
        "One chat a request; the bare encoder and the three models get the very same sentences, already split.",
        _table(
            ["", "sentences a second", "ms a chat, p50 / p95 / p99", "ours, nothing cached, to it"], rows, figures=3
        ),
        "Our server, nothing cached: " + "; ".join(goals) + "." + _failures(chats),
    ]


def _failures(chats: Results) -> str:
    failures = chats.new.failures + chats.cached.failures + chats.three.failures
    return f" {failures} requests failed." if failures else ""


def _times(rounds: Rounds) -> str:
    return _milliseconds(rounds.times()) + (f" ({rounds.failures} failed)" if rounds.failures else "")


def _milliseconds(times: dict[str, float]) -> str:
    return " / ".join(f"{value:.1f}" for value in times.values())


def _table(head: Row, rows: Sequence[Row], figures: int | None = None) -> str:
    """A Markdown table whose last columns, all but the first unless said otherwise, are set to the right."""
    right = len(head) - 1 if figures is None else figures
    rule = ["---"] * (len(head) - right) + ["---:"] * right
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))
