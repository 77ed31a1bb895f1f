"""Ask the workers in turn, so that whatever else the machine does meets all variants alike."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Vectors
from training.export_variants.worker import Job


class WorkerError(Exception):
    """A worker couldn't do what it was asked; says why."""


@dataclass
class Measured:
    """What a worker found.

    Attributes:
        rounds: seconds for all texts by batch size (`64`, `32`) and for one text alone (`single`). The first round,
            which meets every shape for the first time, comes first.
        alone, batched: vectors, shape (texts, hidden), one by one and among neighbours of any length.
        resident: bytes of memory of its process at the end, runtime included.
    """

    load_s: float
    rounds: list[dict[str, float]] = field(default_factory=list)
    resident: int | None = None
    alone: Vectors = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    batched: Vectors = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))


class Worker:
    """A running worker; see `training.export_variants.worker`."""

    def __init__(self, job: Job) -> None:
        command = [sys.executable, "-m", "training.export_variants.worker", json.dumps(asdict(job))]
        self._vectors = Path(job.vectors)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.measured = Measured(load_s=self._answer()["load_s"])
        except WorkerError:
            self.close()
            raise

    def round(self) -> None:
        self.measured.rounds.append(self._ask("round"))

    def vectors(self) -> None:
        self.measured.resident = self._ask("vectors")["resident"]
        with np.load(self._vectors, allow_pickle=False) as file:
            self.measured.alone, self.measured.batched = file["alone"], file["batched"]

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin
        print(command, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(f"its process ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer


def measure(jobs: Mapping[str, Job], rounds: int) -> tuple[dict[str, Measured], dict[str, str]]:
    """Measure variants side by side.

    Args:
        rounds: how many count; one more goes before them.

    Returns:
        What was found by variant, and why the others failed.
    """
    workers: dict[str, Worker] = {}
    reasons: dict[str, str] = {}

    def each(names: Sequence[str], work: Callable[[str], object]) -> None:
        for name in names:
            try:
                work(name)
            except (WorkerError, OSError) as error:
                reasons[name] = str(error)
                if name in workers:
                    workers.pop(name).close()

    def start(name: str) -> None:
        workers[name] = Worker(jobs[name])

    try:
        each(list(jobs), start)
        for number in range(rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
            names = list(workers)
            each(names if number % 2 else names[::-1], lambda name: workers[name].round())
        each(list(workers), lambda name: workers[name].vectors())
        return {name: worker.measured for name, worker in workers.items()}, reasons
    finally:
        for worker in workers.values():
            worker.close()


def cosines(vectors: Vectors, reference: Vectors) -> NDArray[np.float64]:
    """Of rows, shape (texts,)."""
    left, right = vectors.astype(np.float64), reference.astype(np.float64)
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.asarray(np.sum(left * right, axis=1) / norms)
