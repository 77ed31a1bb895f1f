"""Score frequent questions: `python -m evaluation.questions --data labelled.jsonl --report DIR`.

The service as the environment configures it (NLP_SERVICE_ENCODER and so on) clusters the texts of a labelled file, and
its clusters are compared with the labels. Rows whose label is null are left out (see --keep-null). A question that is
in no cluster, an outlier, counts as wrong in accuracy, precision, recall and F1, and as a cluster of its own in NMI and
ARI; the report gives other conventions beside. `parent`, where rows have one, is compared with the themes.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.labelled import read_labelled, read_rows, read_texts
from evaluation.questions import report, rivals, speed, stability
from evaluation.questions.figures import agreement, by_convention, numbered
from evaluation.questions.intervals import intervals
from evaluation.questions.served import Asked, Served, served
from evaluation.reporting import command_line, one_line_errors, write_report
from nlp_service.errors import DataError

NAME = "evaluation.questions"
SIZE = 100_000


@dataclass(frozen=True, slots=True)
class Data:
    """Texts to cluster: those that are scored, with their labels and parents, then those that are only there."""

    texts: list[str]
    labels: list[str]
    parents: list[str | None]


def main() -> None:
    parser = _parser()
    options = parser.parse_args()
    if options.size is not None and options.speed is None:
        parser.error("--size needs --speed")
    with one_line_errors(NAME, options.report):
        run(options)
    print((options.report / "report.md").read_text(encoding="utf-8"))


def run(options: argparse.Namespace) -> None:
    """Read everything, so that what is missing is said before the work; then ask, score, write and draw."""
    data = read_data(options.data, keep_null=options.keep_null, sample=options.sample, seed=options.seed)
    rivals.check(options.against, len(data.texts))
    many = _many(options.speed, options.size or SIZE) if options.speed else []
    with served({}) as service:
        service.cluster(data.texts[: rivals.WARM_UP_ROWS])
        asked = service.cluster(data.texts)
        figures = _figures(data, asked, options)
        _say(f"clustered in {asked.seconds:.1f} s")
        if options.resample:
            figures["stability under resampling"] = stability.resampled(
                lambda rows: service.cluster([data.texts[row] for row in rows]).grouping,
                len(data.texts),
                runs=options.resample,
                seed=options.seed,
            )
            _say("resampled")
        if options.windows:
            figures["adjacent windows"] = _windows(data, asked, service, options)
            _say("windows compared")
        if options.against:
            figures["side by side"] = _compared(data, asked, options)
        if many:
            vectors = service.embed(many)
            _say(f"{len(many)} questions encoded")
            figures["speed"] = speed.measure(service.clusterer, many, vectors)
        digests = service.digests()
    write_report(
        options.report,
        "Frequent questions",
        figures,
        command=command_line(NAME),
        data=[options.data, *([options.speed] if options.speed else [])],
        artifacts=digests,
    )
    report.finish(options.report, figures.get("side by side"))
    if options.clusters:
        report.write_clusters(options.clusters, asked.grouping, data.labels)


def read_data(file: Path, *, keep_null: bool = False, sample: int | None = None, seed: int = 0) -> Data:
    """The rows of a labelled file, or some of them drawn at random and left in order.

    Raises:
        DataError: if a row isn't of that shape, or none has a label.
    """
    labelled = read_labelled(file)
    parents = [_parent(row, where) for where, row in read_rows(file)]
    rows = np.arange(len(labelled))
    if not keep_null:
        rows = rows[[row.label is not None for row in labelled]]
    if sample is not None and sample < len(rows):
        rows = np.sort(np.random.default_rng(seed).choice(rows, sample, replace=False))
    scored = [(labelled[row].text, label, parents[row]) for row in rows if (label := labelled[row].label) is not None]
    if not scored:
        raise DataError(f"{file}: holds no labelled rows")
    others = [labelled[row].text for row in rows if labelled[row].label is None]
    texts, labels, above = zip(*scored, strict=True)
    return Data([*texts, *others], list(labels), list(above))


def _parent(row: Any, where: str) -> str | None:
    parent = row.get("parent")
    if parent is not None and not isinstance(parent, str):
        raise DataError(f"{where}: 'parent' must be a string or null")
    return parent or None


def _many(file: Path, size: int) -> list[str]:
    texts = read_texts(file)
    if len(texts) < size:
        raise DataError(f"{file}: holds {len(texts)} texts, not {size}: see --size")
    return texts[:size]


def _figures(data: Data, asked: Asked, options: argparse.Namespace) -> dict[str, Any]:
    """What the clusters alone say; memory is what the process held at most until now."""
    truth, found = numbered(data.labels), asked.grouping.labels[: len(data.labels)]
    cost = {"seconds": asked.seconds, "peak_rss_mb_with_encoder": speed.peak_memory()}
    figures: dict[str, Any] = {"clusters": {**agreement(truth, found), **cost}}
    if len(data.texts) > len(data.labels):
        without = asked.grouping.labels[len(data.labels) :]
        outliers = float(np.mean(without < 0))
        figures["questions without a label"] = {"questions": len(without), "share_of_outliers": outliers}
    figures["intervals"] = intervals(truth, found, options.bootstrap, options.seed)
    figures["by what is made of outliers"] = by_convention(truth, found)
    if themes := report.themes(data.parents, asked.grouping):
        figures["themes against parents"] = themes
    return figures


def _windows(data: Data, asked: Asked, service: Served, options: argparse.Namespace) -> dict[str, Any]:
    from evaluation.questions.windows import windows

    rows = len(data.labels)
    return windows(
        data.texts[:rows],
        data.labels,
        asked.vectors[:rows],
        asked.kinds[:rows],
        service.clusterer,
        runs=options.windows,
        seed=options.seed,
    )


def _compared(data: Data, asked: Asked, options: argparse.Namespace) -> dict[str, Any]:
    """The service and its rivals on the same vectors, in the same run."""
    found = {report.THIS: (asked.grouping.labels, asked.seconds)}
    case = rivals.Case(data.texts, asked.vectors, len(set(data.labels)), options.seed)
    for name in dict.fromkeys(options.against):
        found[name] = rivals.run(name, case)
        _say(f"{name}: {found[name][1]:.1f} s")
    scored = {name: (labels[: len(data.labels)], seconds) for name, (labels, seconds) in found.items()}
    return report.side_by_side(numbered(data.labels), scored)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {NAME}", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help="JSON Lines, CSV or Parquet of text, label and, maybe, parent")
    add("--report", type=Path, required=True, help="folder to write report.json, report.md and a picture into")
    add("--sample", type=_at_least(2), metavar="N", help="only so many rows, drawn at random; default: all")
    add("--keep-null", action="store_true", help="cluster the rows whose label is null among the others, unscored")
    add(
        "--against",
        nargs="+",
        choices=list(rivals.RIVALS),
        default=[],
        metavar="RIVAL",
        help=f"others to cluster the same vectors, of {', '.join(rivals.RIVALS)}: bertopic with its defaults (pip "
        "install bertopic umap-learn), hdbscan on the vectors as they are; kmeans, agglomerative and tfidf (k-means "
        "without an encoder) are told the number of labels",
    )
    add("--resample", type=_at_least(2), metavar="R", help="measure stability over R runs on samples of 90 %%")
    add(
        "--windows", type=_at_least(1), metavar="R", help="follow clusters from one window of time to the next, R times"
    )
    add("--speed", type=Path, metavar="FILE", help="texts, labelled or not, to measure seconds and memory on")
    add("--size", type=_at_least(1), metavar="N", help=f"how many of these, the first ones; default: {SIZE}")
    add(
        "--clusters",
        type=Path,
        metavar="FILE",
        help="write clusters, with their names and likeliest labels (JSON Lines)",
    )
    add(
        "--bootstrap", type=_at_least(1), default=1000, metavar="N", help="resamples of intervals; default: %(default)s"
    )
    add("--seed", type=int, default=0, help="of whatever is drawn, and of the rivals; default: %(default)s")
    return parser


def _at_least(least: int) -> Any:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"needs to be at least {least}")
        return value

    return number


if __name__ == "__main__":
    main()
