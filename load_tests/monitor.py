"""The server as seen from beside: memory and CPU of its processes, and its metrics, once a second."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from load_tests.server import Target

INTERVAL_S = 1.0
PREFIX = "nlp_service_"
_SERIES = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_KEPT = re.compile(
    r"^(?:process_resident_memory_bytes|process_cpu_seconds_total|nlp_service_(?:queue_tokens|queue_sequences|cache_\w+"
    r"|batch_(?:tokens_total|padded_tokens_total|sequences_sum|sequences_count)|refused_total|dropped_\w+"
    r"|in_flight_requests|reloads_total))$"
)
"""Histograms by route and stage would be most of what is read, and are not needed here."""

Series = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Sample:
    """One look.

    Attributes:
        at: second of the monotonic clock.
        server: which of a scenario's servers, from 0.
        rss_bytes: resident memory of all the server's processes.
        cpu_s: CPU time that they have used.
    """

    at: float
    server: int
    rss_bytes: float
    cpu_s: float
    metrics: Mapping[Series, float]

    def value(self, name: str, **labels: str) -> float:
        """A metric by its name without the service's prefix, added up over all its labels but those given; else 0."""
        wanted = set(labels.items())
        series = ((known.removeprefix(PREFIX), having, value) for (known, having), value in self.metrics.items())
        return sum(value for known, having, value in series if known == name and wanted <= having)


def parse(text: str) -> dict[Series, float]:
    """What is kept of the Prometheus text format."""
    return {
        (name, frozenset(_LABEL.findall(labels))): float(value)
        for name, labels, value in _SERIES.findall(text)
        if _KEPT.match(name)
    }


async def look(target: Target, server: int = 0) -> Sample:
    """One sample now.

    Raises:
        OSError: if the server doesn't answer.
    """
    client = target.client()
    try:
        return await _look(target, (await client.get("/metrics")).body, server)
    finally:
        client.close()


@asynccontextmanager
async def watching(target: Target, samples: list[Sample], server: int = 0) -> AsyncIterator[None]:
    """Add a sample every second during the block, and one at its start and its end."""

    async def watch() -> None:
        client = target.client()
        while True:
            with suppress(OSError):
                samples.append(await _look(target, (await client.get("/metrics")).body, server))
            await asyncio.sleep(INTERVAL_S)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        with suppress(OSError):
            samples.append(await look(target, server))


async def _look(target: Target, body: bytes, server: int) -> Sample:
    metrics = parse(body.decode("utf-8"))
    rss, cpu = _processes(target.pid) if target.pid else (0.0, 0.0)
    none: frozenset[tuple[str, str]] = frozenset()
    return Sample(
        time.monotonic(),
        server,
        rss or metrics.get(("process_resident_memory_bytes", none), 0.0),
        cpu or metrics.get(("process_cpu_seconds_total", none), 0.0),
        metrics,
    )


def _processes(pid: int) -> tuple[float, float]:
    """Resident bytes and CPU seconds of a process and its descendants; zeros where the system doesn't tell."""
    page, tick = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
    rss = cpu = 0.0
    for member in _family(pid):
        with suppress(OSError, ValueError, IndexError):
            # Behind the name, which is in brackets and may hold spaces; fields as in proc(5), from the third on.
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            cpu += (int(fields[11]) + int(fields[12])) / tick
            rss += int(fields[21]) * page
    return rss, cpu


def _family(pid: int) -> list[int]:
    family = [pid]
    for member in family:
        with suppress(OSError):
            for children in Path(f"/proc/{member}/task").glob("*/children"):
                family += map(int, children.read_text().split())
    return family
