"""Run a scenario against a fresh server of this machine: `python -m load_tests.run SCENARIO`; `--list` names all."""

import argparse
import asyncio
import importlib.util
import json
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from load_tests import figures, slo
from load_tests.bench import Bench, Options, Scenario
from load_tests.corpus import TRANSCRIPTS, read_corpus
from load_tests.options import count, naming, positive, share
from load_tests.records import write_records
from load_tests.scenarios import SCENARIOS
from load_tests.server import LoadTestError, default_command, target_of

BROKEN, UNUSABLE = 1, 2
"""Exit codes: an objective was broken; the scenario couldn't be run."""
OUTPUT = Path("runs") / "load"
LIBRARIES = ("matplotlib",)
BUSY_LOAD = 0.5
"""A load average of so much for each CPU, before anything was started, spoils the figures."""
LATE_MS, LATE_SHARE = 5.0, 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    options = _parser().parse_args(arguments)
    if options.list or options.scenario is None:
        _list()
        return 0
    try:
        return _run(SCENARIOS[options.scenario], options)
    except (LoadTestError, OSError, ValueError) as error:
        print(f"load_tests.run: {error}", file=sys.stderr)
        return UNUSABLE


def _run(scenario: Scenario, options: argparse.Namespace) -> int:
    _check_programs(scenario)
    with naming("--slo", options.slo):
        objectives = slo.read_objectives(options.slo)
    with naming("--transcripts", options.transcripts):
        corpus = read_corpus(str(options.transcripts))
    folder: Path = options.out or OUTPUT / scenario.name
    with naming("--out", folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "server.log").unlink(missing_ok=True)
    bench = Bench(_options(scenario, options), corpus, folder)
    print(f"{scenario.name}: {scenario.question}", flush=True)
    started, load = datetime.now(UTC), os.getloadavg()[0]
    measured = asyncio.run(scenario.run(bench))
    _doubt(bench, load, scenario.background)
    result = _result(scenario, bench, measured)
    verdicts = slo.judge(_asked(objectives, bench), scenario.name, result["figures"])
    result |= {
        "started_at": started.isoformat(timespec="seconds"),
        "command": shlex.join(["python", "-m", "load_tests.run", *sys.argv[1:]]),
        "machine": _machine() | {"load_before": load},
        "objectives": [verdict.record() for verdict in verdicts],
    }
    return _conclude(result, verdicts, bench, folder)


def _conclude(result: dict[str, Any], verdicts: Sequence[slo.Verdict], bench: Bench, folder: Path) -> int:
    """Write everything down, say what was broken, and give the exit code."""
    from load_tests.report import write_report

    write_records(folder / "requests.csv", bench.records)
    (folder / "report.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_report(folder / "report.html", result, bench.records)
    for name, value in result["figures"].items():
        if isinstance(value, int | float):
            print(f"  {name:<28}{value:>14,.3f}")
    for note in bench.notes:
        print(f"note: {note}")
    broken = [verdict for verdict in verdicts if not verdict.kept]
    for verdict in broken:
        print(f"BROKEN {result['scenario']}: {verdict.line()}")
    print(f"{len(verdicts) - len(broken)} of {len(verdicts)} objectives kept; {folder / 'report.html'}")
    return BROKEN if broken else 0


def _result(scenario: Scenario, bench: Bench, measured: figures.Figures) -> dict[str, Any]:
    """Everything that was measured, as plain data. Second 0 is when the first server was ready."""
    origin = min(
        [*(sample.at for sample in bench.samples), *(record.scheduled for record in bench.records)], default=0.0
    )
    whole = figures.summary(bench.records)
    meter = bench.meter
    found = {
        **measured,
        **{name: whole.get(name) for name in ("requests", "error_share", "server_errors", "unanswered")},
        "server_exit_code": max(map(abs, bench.exit_codes), default=None),
        "generator_cpu_ms_per_request": meter.cpu_s * 1000 / meter.sent if meter.sent else None,
    }
    servers = [[sample for sample in bench.samples if sample.server == n] for n in range(len(bench.commands))]
    return {
        "scenario": scenario.name,
        "question": scenario.question,
        "figures": found,
        "phases": {
            part: figures.summary(records)
            | {"phase": records[0].phase, "begins": records[0].scheduled - origin, "stages": figures.stages(records)}
            for part, records in figures.parts(bench.records, scenario.background).items()
        },
        "background": scenario.background,
        "servers": [
            {"command": command, **figures.server_side(samples)}
            for command, samples in zip(bench.commands, servers, strict=True)
        ],
        "notes": bench.notes,
        "seconds": bench.seconds,
        "seed": bench.options.seed,
        "transcripts": _shown(bench.options.transcripts),
        "by_second": figures.by_second(bench.records, origin, scenario.background),
        "watched": figures.watched(bench.samples, origin),
    }


def _doubt(bench: Bench, load: float, background: str) -> None:
    """Say so where the machine, not the server, may be what was measured."""
    if load > BUSY_LOAD * _cpus():
        bench.note(f"the machine wasn't quiet: its load average was {load:.1f} before the start, on {_cpus()} CPUs")
    for phase, records in figures.parts(bench.records, background).items():
        late, slow = (figures.summary(records)[name] for name in ("sent_late_p99_ms", "p99_ms"))
        if slow and late > max(LATE_MS, LATE_SHARE * slow):
            bench.note(
                f"{phase}: the generator itself was up to {late:.0f} ms late (p99), which is part of the latencies"
            )


def _asked(objectives: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Without what can only be asked of a server of our own."""
    if bench.options.against is None:
        return objectives
    return {name: {f: b for f, b in table.items() if f != "server_exit_code"} for name, table in objectives.items()}


def _options(scenario: Scenario, options: argparse.Namespace) -> Options:
    against = target_of(options.against, allow_remote=options.allow_remote) if options.against else None
    if against is not None and scenario.own_server:
        raise LoadTestError(f"{scenario.name} starts servers of its own, so --against can't be given")
    return Options(
        seconds=60 * (options.minutes or scenario.minutes),
        transcripts=options.transcripts,
        serve=options.serve or default_command(),
        against=against,
        server_options=tuple(shlex.split(options.server_options)),
        users=options.users,
        items=options.items,
        seed=options.seed,
        rate=options.rate,
        times_capacity=options.times_capacity,
        deadline_ms=options.deadline_ms,
        follow=options.follow,
    )


def _check_programs(scenario: Scenario) -> None:
    missing = [name for name in (*LIBRARIES, "locust") if name in (*LIBRARIES, *scenario.programs)]
    missing = [name for name in missing if importlib.util.find_spec(name) is None]
    if missing:
        raise LoadTestError(f"{', '.join(missing)} isn't installed: pip install -e '.[load]'")
    if "redis-server" in scenario.programs and shutil.which("redis-server") is None:
        raise LoadTestError(f"{scenario.name} needs redis-server (Debian: apt-get install redis-server)")


def _machine() -> dict[str, Any]:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    return {
        "cpus": _cpus(),
        "model": model,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def _cpus() -> int:
    """CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shown(path: Path) -> str:
    """A file's name, and its place only where that is in the project."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else path.name


def _list() -> None:
    width = max(map(len, SCENARIOS))
    for scenario in SCENARIOS.values():
        needs = f"  [{', '.join(scenario.programs)}]" if scenario.programs else ""
        print(f"{scenario.name:<{width}}  {scenario.minutes:>4g} min  {scenario.question}{needs}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m load_tests.run", description=__doc__)
    parser.add_argument("scenario", nargs="?", choices=SCENARIOS, metavar="SCENARIO", help="see --list")
    parser.add_argument("--list", action="store_true", help="name all scenarios")
    parser.add_argument("--minutes", type=positive, help="time of the main part; the scenario's own if not given")
    parser.add_argument("--transcripts", type=Path, default=TRANSCRIPTS, help="transcripts to send, JSON Lines")
    parser.add_argument("--out", type=Path, help=f"folder for the report; default {OUTPUT}/SCENARIO")
    parser.add_argument("--slo", type=Path, default=slo.OBJECTIVES, help="objectives; default load_tests/slo.toml")
    parser.add_argument("--against", metavar="URL", help="a server that runs already, instead of a fresh one")
    parser.add_argument("--allow-remote", action="store_true", help="the server is another machine, and yours to load")
    parser.add_argument("--serve", metavar="COMMAND", help="starts a server; default nlp-service serve")
    parser.add_argument("--server-options", default="", metavar="FLAGS", help="more flags for it, in one argument")
    parser.add_argument("--users", type=count, help="callers who wait for answers")
    parser.add_argument("--items", type=count, help="documents, texts or questions in one request")
    parser.add_argument("--rate", type=positive, help="open loop: requests a second")
    parser.add_argument("--times-capacity", type=positive, help="open loop: the rate as a multiple of the capacity")
    parser.add_argument("--deadline-ms", type=count, help="overload: X-Request-Timeout-Ms of each request")
    parser.add_argument("--follow", type=share, help="overload: share of refused requests that come again as told")
    parser.add_argument("--seed", type=int, default=1, help="of arrivals and of the choice of texts; default 1")
    return parser


if __name__ == "__main__":
    sys.exit(main())
