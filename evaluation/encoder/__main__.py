"""Score sentence encoders side by side: `python -m evaluation.encoder --encoder NAME=SPEC … --data DIR --report DIR`.

SPEC is the folder of an encoder artefact, `use-multilingual`, `tfidf`, or `sentence-transformers:FOLDER` (with
`#PREFIX` behind it, if texts need one). Nothing is trained but probes on the frozen vectors.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from evaluation.encoder import page, speed
from evaluation.encoder.candidates import TFIDF, Candidate, Memory, open_candidate
from evaluation.encoder.scoring import judge
from evaluation.encoder.tasks import read_tasks
from evaluation.reporting import command_line, one_line_errors, write_report
from nlp_service.errors import ConfigurationError

NAME = "evaluation.encoder"


def main() -> None:
    options = _parser().parse_args()
    with one_line_errors(NAME, options.report):
        run(options)


def run(options: argparse.Namespace) -> None:
    """Load everything, so that what is missing is said before the work; then speed, then quality, then the page."""
    specs = named(options.encoder)
    tasks = read_tasks(options.data, limit=options.limit, seed=options.seed)
    options.report.mkdir(parents=True, exist_ok=True)
    fit_on = tasks.texts() if TFIDF in specs.values() else ()
    candidates = [
        open_candidate(name, spec, threads=options.threads, texts=fit_on, seed=options.seed)
        for name, spec in specs.items()
    ]
    costs = cost(candidates, specs, tasks.speed, options.threads)
    encoders = {}
    for candidate in candidates:
        start = perf_counter()
        encoders[candidate.name] = judge(Memory(candidate), tasks, options.seed)
        print(f"{candidate.name}: judged in {perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    summary = {name: page.headline(families, costs[name]) for name, families in encoders.items()}
    write_report(
        options.report,
        "Sentence encoders",
        {"summary": summary, **page.side_by_side(encoders), "cost": costs},
        command=command_line(NAME),
        data=tasks.files,
        artifacts={candidate.name: candidate.digest for candidate in candidates},
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))
    page.plot(summary, options.report)


def named(arguments: Sequence[str]) -> dict[str, str]:
    """Specification by name.

    Raises:
        ConfigurationError: if an argument isn't NAME=SPEC or a name comes twice.
    """
    specs: dict[str, str] = {}
    for argument in arguments:
        name, equals, spec = argument.partition("=")
        if not (name and equals and spec):
            raise ConfigurationError(f"encoder '{argument}' isn't NAME=SPEC")
        if name in specs:
            raise ConfigurationError(f"two encoders are called '{name}'")
        specs[name] = spec
    return specs


def cost(
    candidates: Sequence[Candidate], specs: dict[str, str], texts: Sequence[str], threads: int
) -> dict[str, dict[str, Any]]:
    """Speed, memory and size of each; the memory of `tfidf` isn't known, as it is fitted, not loaded."""
    costs: dict[str, dict[str, Any]] = {}
    speeds = speed.measure(candidates, texts)
    for candidate in candidates:
        spec = specs[candidate.name]
        load = partial(open_candidate, candidate.name, spec, threads=threads)
        grown = None if spec == TFIDF else speed.memory_grown(load)
        costs[candidate.name] = {
            **speeds[candidate.name],
            "memory_mb": None if grown is None else grown / page.MEGABYTE,
            "disk_mb": candidate.size_bytes / page.MEGABYTE,
        }
    return costs


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {NAME}", description=__doc__)
    parser.add_argument(
        "--encoder", nargs="+", required=True, metavar="NAME=SPEC", help="the first is what speed is relative to"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--report", type=Path, required=True, help="folder to write the report and its plot into")
    parser.add_argument("--limit", type=int, help="most rows of each side of a public set, for a quick look")
    parser.add_argument(
        "--seed", type=int, default=0, help="of samples, k-means and typing errors; default: %(default)s"
    )
    parser.add_argument("--threads", type=int, default=2, help="of each encoder; default: %(default)s")
    return parser


if __name__ == "__main__":
    main()
