"""What is said of a clustering, as figures, as lines to read them by, and cluster by cluster."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.questions import pictures, rivals
from evaluation.questions.figures import ONE_CLUSTER, Labels, agreement, by_convention, numbered
from evaluation.questions.served import Grouping
from nlp_service.errors import ConfigurationError

THIS = "this service"
HOW_TO_READ = (
    "`acc`, `precision`, `recall` and `f1` count an outlier as wrong; `acc_of_clustered` leaves outliers out. `nmi` "
    "and `ari` take each outlier for a cluster of its own, unless a name or a table says otherwise; that flatters the "
    "`nmi` of whoever leaves much out, so compare it with outliers all in one cluster too.",
    "`acc` matches clusters and labels one to one (Hungarian method); `precision` gives each cluster its most "
    "frequent label, `recall` each label its most frequent cluster, as in track 2 of DSTC 11. `v_measure` is `nmi` by "
    "definition.",
    "Intervals are of 95 %: questions are drawn again; labels, clusters and the match of both stay.",
    "Seconds are without encoding, with naming, and without loading libraries, except in the section on speed. "
    "`told` are those who know the number of labels.",
)


def side_by_side(
    truth: Labels, found: Mapping[str, tuple[Labels, float]]
) -> dict[str, dict[str, float | int | str | None]]:
    """A row for each way to cluster, from its clusters and seconds."""
    rows: dict[str, dict[str, float | int | str | None]] = {}
    for name, (labels, seconds) in found.items():
        row, together = agreement(truth, labels), by_convention(truth, labels)[ONE_CLUSTER]
        rows[name] = {
            **{figure: row[figure] for figure in ("acc", "nmi", "ari", "f1", "share_of_outliers", "clusters")},
            **{f"{figure}, outliers {ONE_CLUSTER}": together[figure] for figure in ("acc", "nmi", "ari")},
            "seconds": seconds,
            "told": "yes" if name != THIS and rivals.RIVALS[name].told else "no",
        }
    return rows


def themes(parents: Sequence[str | None], grouping: Grouping) -> dict[str, Any] | None:
    """How well themes agree with the labels' parents, over the questions that have one; None without either."""
    rows = [row for row, parent in enumerate(parents) if parent is not None]
    if grouping.themes is None or not rows:
        return None
    return agreement(numbered([parents[row] or "" for row in rows]), grouping.themes[rows])


def write_clusters(file: Path, grouping: Grouping, labels: Sequence[str]) -> None:
    """A JSON object a line for each cluster: what it is called, and which label it has most of.

    Args:
        labels: of the questions that are scored, the first ones of those clustered.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as out:
        for number, cluster in enumerate(grouping.clusters):
            rows = np.flatnonzero(grouping.labels[: len(labels)] == number).tolist()
            label, count = Counter(labels[row] for row in rows).most_common(1)[0] if rows else (None, 0)
            line = {
                "name": cluster.name,
                "size": cluster.size,
                "kind": cluster.kind,
                "keywords": cluster.keywords,
                "label": label,
                "share_of_label": count / len(rows) if rows else None,
            }
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


def finish(folder: Path, candidates: Mapping[str, Mapping[str, Any]] | None) -> None:
    """Add to the readable report how to read it, and the picture or what it needs."""
    lines = ["## How to read it", "", *(f"- {line}" for line in HOW_TO_READ)]
    if candidates:
        try:
            picture = f"![Side by side]({pictures.draw(folder, candidates)})"
        except ConfigurationError as error:
            picture = f"None: {error}"
        lines += ["", "## Picture", "", picture]
    with (folder / "report.md").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(lines) + "\n")
