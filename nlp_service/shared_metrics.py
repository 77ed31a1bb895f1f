"""Metrics of several processes in files of one folder, so that whichever is asked answers for all.

prometheus_client's multiprocess mode, with a worker's number in place of its process id: a replacement goes on with its
predecessor's files, so counters never go backwards and files don't pile up (client_python #275, #566).
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client looks for the folder's name: it takes no argument for it."""


@dataclass(frozen=True, slots=True)
class SharedMetrics:
    """One worker's part in the metrics of all.

    Attributes:
        folder: an empty one at first, all workers' own.
        worker: no two that run at the same time have the same number.
    """

    folder: Path
    worker: int

    def begin(self) -> None:
        """Keep all metrics made from now on in this process there."""
        os.environ[FOLDER] = str(self.folder)
        values.ValueClass = values.MultiProcessValue(lambda: self.worker)  # type: ignore[no-untyped-call] # not annotated there
        (self.folder / f"{self.worker}.pid").write_text(str(os.getpid()), encoding="ascii")

    def ended(self) -> None:
        """Forget what a worker said of itself that isn't so any more; its counts stay. For another process to call."""
        mark_process_dead(self.worker, str(self.folder))  # type: ignore[no-untyped-call]
        (self.folder / f"{self.worker}.pid").unlink(missing_ok=True)

    def registry(self) -> CollectorRegistry:
        """The metrics of all workers."""
        registry = CollectorRegistry()
        registry.register(_Workers(self.folder))
        return registry


class _Workers(Collector):
    """Sums over all workers, and each one's process_* by its number: its CPU seconds begin anew with a replacement."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        # A file is empty for a moment after it is made.
        files = [str(path) for path in sorted(self._folder.glob("*.db")) if _size(path) > 0]
        yield from MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        yield from self._processes().values()

    def _processes(self) -> dict[str, Metric]:
        families: dict[str, Metric] = {}
        for path in sorted(self._folder.glob("*.pid")):
            for found in ProcessCollector(pid=_reader(path), registry=None).collect():
                family = families.setdefault(found.name, Metric(found.name, found.documentation, found.type))
                for sample in found.samples:
                    family.add_sample(sample.name, {**sample.labels, "worker": path.stem}, sample.value)
        return families


def _reader(path: Path) -> Callable[[], str]:
    def process() -> str:
        try:
            return path.read_text(encoding="ascii") or "none"
        except FileNotFoundError:
            return "none"

    return process


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
