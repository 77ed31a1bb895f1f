"""What a scenario works with: options, servers, clients, and the place where everything measured is collected."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from load_tests import figures
from load_tests.corpus import Corpus
from load_tests.driving import Driver, Meter
from load_tests.figures import Figures
from load_tests.http_client import status_of
from load_tests.monitor import Sample, watching
from load_tests.payloads import Payload, Source
from load_tests.records import UNANSWERED, Record
from load_tests.server import LoadTestError, Target, flags_of, serving

CAPACITY_S = 30.0
WARM_UP_S = 3.0
WARM_UP = "warm-up"


@dataclass(frozen=True)
class Options:
    """What the command line says; None where the scenario decides.

    Attributes:
        against: a server that runs already, instead of one of our own.
        serve: command line that starts a server, up to its flags.
        server_options: more flags for it.
        rate: open loop: requests a second.
        times_capacity: open loop: the rate as a multiple of the measured capacity.
        follow: share of the refused requests that are sent again when their Retry-After says.
    """

    seconds: float
    transcripts: Path
    serve: str
    against: Target | None = None
    server_options: tuple[str, ...] = ()
    users: int | None = None
    items: int | None = None
    seed: int = 1
    rate: float | None = None
    times_capacity: float | None = None
    deadline_ms: int | None = None
    follow: float | None = None


@dataclass
class Bench:
    """One run of one scenario.

    Attributes:
        notes: what the reader of the report must know.
        exit_codes: of all servers that were started.
        commands: with which they were started.
        meter: what driving cost.
    """

    options: Options
    corpus: Corpus
    folder: Path
    records: list[Record] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    meter: Meter = field(default_factory=Meter)
    _help: str = ""

    @property
    def seconds(self) -> float:
        """Time of the scenario's main part."""
        return self.options.seconds

    @property
    def capacity_s(self) -> float:
        """Time to measure what a later part is compared with."""
        return min(CAPACITY_S, self.seconds / 2)

    @asynccontextmanager
    async def server(self, flags: Mapping[str, object] | None = None) -> AsyncIterator[Target]:
        """A fresh server, watched from beside; or the one that runs already, if one was given.

        Args:
            flags: of `serve`, without dashes. One that it doesn't know is left out, and the report says so.
        """
        number = len(self.commands)
        if self.options.against is not None:
            await _answering(self.options.against)
            self.commands.append(f"already running at {self.options.against.url}")
            async with watching(self.options.against, self.samples, number):
                yield self.options.against
            return
        chosen = [*await self._known(flags or {}), *self.options.server_options]
        self.commands.append(" ".join(["serve", *chosen]))
        target: Target | None = None
        try:
            async with (
                serving(self.options.serve, chosen, self.folder / "server.log") as target,
                watching(target, self.samples, number),
            ):
                yield target
        finally:
            if target is not None and target.exit_code is not None:
                self.exit_codes.append(target.exit_code)

    def driver(self, target: Target) -> Driver:
        """Sends requests and records them."""
        return Driver(target.client(), self.records, self.meter)

    def source(
        self, payloads: Sequence[Payload], headers: Mapping[str, str] | None = None, *, seed_offset: int = 0
    ) -> Source:
        """Requests made of these, by the seed of the command line."""
        return Source(payloads, seed=self.options.seed + seed_offset, headers=headers)

    async def warm_up(self, target: Target, source: Source, seconds: float = WARM_UP_S) -> None:
        """Requests of which no record is kept."""
        driver = Driver(target.client(), [])
        await driver.closed(source, WARM_UP, connections=4, seconds=min(seconds, self.seconds))
        driver.client.close()

    async def once(self, target: Target, payloads: Sequence[Payload]) -> None:
        """Send each of these once, one after the other, and keep no record of it."""
        client = target.client()
        for payload in payloads:
            _, request = Source([payload], seed=0).draw()
            await client.ask(request)
        client.close()

    async def capacity(self, driver: Driver, source: Source, connections: int, phase: str = "capacity") -> Figures:
        """The throughput of a closed loop."""
        await driver.closed(source, phase, connections=connections, seconds=self.capacity_s)
        measured = self.phase(phase)
        if not measured.get("requests_per_s"):
            raise LoadTestError(f"no request of phase {phase} was answered: {measured.get('statuses')}")
        return measured

    def phase(self, name: str, kind: str | None = None, deadline_ms: float | None = None) -> Figures:
        """A summary of what belongs to a phase, and within it to a kind."""
        wanted = [record for record in self.records if record.phase == name and kind in (None, record.kind)]
        return figures.summary(wanted, deadline_ms)

    def during(self, phase: str) -> tuple[float, float]:
        """When a phase's first request was due, and its last answered."""
        records = [record for record in self.records if record.phase == phase]
        if not records:
            return 0.0, 0.0
        return min(record.scheduled for record in records), max(record.answered for record in records)

    def memory_growth(self, phase: str) -> float | None:
        """Of the server, in the course of a phase."""
        return figures.memory_growth(self.samples, *self.during(phase))

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes:
            self.notes.append(text)

    async def _known(self, flags: Mapping[str, object]) -> list[str]:
        if flags and not self._help:
            self._help = await flags_of(self.options.serve)
        chosen = []
        for name, value in flags.items():
            if f"--{name} " in self._help or f"--{name}\n" in self._help:
                chosen += [f"--{name}", str(value)]
            else:
                self.note(f"this server has no flag --{name}; the scenario ran without it")
        return chosen


async def _answering(target: Target) -> None:
    client = target.client()
    if await status_of(client, "/health/ready") == UNANSWERED:
        raise LoadTestError(f"--against {target.url}: nothing answers there")
    client.close()


@dataclass(frozen=True)
class Scenario:
    """One question to the service.

    Attributes:
        question: what it asks, in one line.
        minutes: of its main part, if the command line doesn't say.
        run: asks it; gives the figures that objectives may name.
        own_server: whether it can't do with a server that runs already.
        programs: what must be installed for it.
        background: kind of the requests that only keep the server busy beside those that it is about.
    """

    name: str
    question: str
    minutes: float
    run: Callable[[Bench], Coroutine[Any, Any, Figures]]
    own_server: bool = False
    programs: tuple[str, ...] = ()
    background: str = ""


HEADLINE = ("requests_per_s", "sentences_per_s", "refused_share", "p50_ms", "p95_ms", "p99_ms", "sent_late_p99_ms")


def headline(summary: Figures) -> Figures:
    """The figures that every report shows first."""
    return {name: summary.get(name) for name in HEADLINE}
