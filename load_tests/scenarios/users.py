"""Locust's users, each of whom waits for an answer before asking again: what callers feel day by day."""

import asyncio
import os
import sys
from pathlib import Path

from load_tests import figures, payloads
from load_tests.bench import Bench, Scenario, headline
from load_tests.figures import Figures
from load_tests.records import read_records
from load_tests.server import LoadTestError, Target

FOLDER = Path(__file__).resolve().parent.parent
ROOT = FOLDER.parent
PHASE = "users"
FAILURES_SEEN = 1
"""Locust's exit code when requests failed; the records say which."""


def _scenario(
    name: str,
    question: str,
    user: str,
    *,
    minutes: float = 2.0,
    users: int = 4,
    items: int = 1,
    fresh: bool = True,
    shape: str = "",
) -> Scenario:
    async def run(bench: Bench) -> Figures:
        async with bench.server() as target:
            await bench.warm_up(target, bench.source(payloads.sentences(bench.corpus, fresh=True)))
            await _locust(
                bench,
                target,
                user,
                users=bench.options.users or users,
                items=bench.options.items or items,
                fresh=fresh,
                shape=shape,
            )
        return {
            **headline(bench.phase(PHASE)),
            "encoded_share": figures.encoded_share(bench.records),
            "memory_growth": bench.memory_growth(PHASE),
        }

    return Scenario(name, question, minutes, run, programs=("locust",))


async def _locust(bench: Bench, target: Target, user: str, *, users: int, items: int, fresh: bool, shape: str) -> None:
    """Run Locust in a process of its own, and read the records that it leaves."""
    files = [str(FOLDER / "locustfile.py")] + ([str(FOLDER / "shapes" / f"{shape}.py")] if shape else [])
    records, log = bench.folder / "locust.csv", bench.folder / "locust.log"
    command = [sys.executable, "-m", "locust", "-f", ",".join(files), "--headless", "--only-summary"]
    command += ["-u", str(users), "-r", str(users), "-t", f"{max(1, round(bench.seconds))}s", "--stop-timeout", "60"]
    command += ["--host", target.url, "--transcripts", str(bench.options.transcripts), "--items", str(items)]
    command += ["--records", str(records), *(["--fresh"] if fresh else []), user]
    command.append("--allow-remote")  # whether it may be was asked before
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=output, stderr=asyncio.subprocess.STDOUT, env=environment, cwd=ROOT
        )
        exit_code = await process.wait()
    if exit_code not in (0, FAILURES_SEEN) or not records.exists():
        raise LoadTestError(f"locust ended with exit code {exit_code}; see {log}")
    for record in read_records(records):
        record.phase = PHASE
        bench.records.append(record)
    records.unlink()


SCENARIOS = (
    _scenario("sentences", "How long do a few callers with single sentences wait?", "SentenceUser"),
    _scenario("transcripts", "How long does the whole analysis of a conversation take?", "TranscriptUser"),
    _scenario("embeddings", "How long do a few callers wait for sentence vectors?", "EmbeddingUser"),
    _scenario("faq", "How long do callers wait for suggested answers?", "FaqUser"),
    _scenario("clustering", "How long does grouping a few hundred questions take?", "ClusterUser", users=2, items=300),
    _scenario("repeated", "How fast is traffic whose sentences are all known?", "MixedUser", users=8, fresh=False),
    _scenario("all-new", "How fast is traffic of which no sentence is known?", "MixedUser", users=8),
    _scenario(
        "ramp",
        "From how many callers on do answers slow down?",
        "MixedUser",
        minutes=5,
        users=32,
        shape="ramp",
    ),
    _scenario(
        "spike",
        "What does a sudden crowd do, and what is left of it?",
        "MixedUser",
        minutes=3,
        users=64,
        shape="spike",
    ),
    _scenario(
        "soak",
        "Do memory or latency creep up over half an hour?",
        "MixedUser",
        minutes=30,
        users=8,
        shape="soak",
    ),
)
