"""The two ways to put load on a server: as fast as it answers (closed loop), or at times of our own (open loop).

A closed loop waits for answers, so a slow server gets less to do, and the waiting of those who would have come is never
measured ("coordinated omission": G. Tene, "How NOT to measure latency", 2013). The open loop is told a rate, draws a
Poisson process from a seed, and measures each request from when it was due (B. Schroeder, A. Wierman and
M. Harchol-Balter, "Open versus closed: a cautionary tale", NSDI 2006).
"""

import asyncio
import gc
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from load_tests.http_client import Answer, Client
from load_tests.payloads import Payload, Source
from load_tests.records import UNANSWERED, Record

GIVE_UP_S = 120.0
LOOK_AT = 50
"""One answer of so many is read as JSON and counted; reading all would cost more than sending them."""


@dataclass
class Meter:
    """What driving costs this process, however many drivers are at it side by side.

    Attributes:
        cpu_s: CPU time spent while at least one drove.
        sent: requests sent.
    """

    cpu_s: float = 0.0
    sent: int = 0
    _driving: int = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Without the garbage collector, whose pauses would be taken for the server's."""
        started = time.process_time()
        self._driving += 1
        gc.disable()
        try:
            yield
        finally:
            self._driving -= 1
            if not self._driving:
                gc.enable()
                self.cpu_s += time.process_time() - started


@dataclass
class Driver:
    """Sends requests to one server and keeps a record of each.

    Attributes:
        records: of all requests, in order of their answers.
    """

    client: Client
    records: list[Record]
    meter: Meter = field(default_factory=Meter)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def closed(self, source: Source, phase: str, *, connections: int, seconds: float, kind: str = "") -> None:
        """So many callers, each sending its next request as soon as the last is answered."""
        end = time.monotonic() + seconds
        await self.while_asked(source, phase, lambda: time.monotonic() < end, connections=connections, kind=kind)

    async def while_asked(
        self, source: Source, phase: str, wanted: Callable[[], bool], *, connections: int, kind: str = ""
    ) -> None:
        """As `closed`, for as long as `wanted` says."""

        async def call_again_and_again() -> None:
            while wanted():
                answer = await self._send(source.draw(), phase, time.monotonic(), kind)
                if answer is None or answer.status != 200:
                    # A closed loop that is refused would otherwise ask thousands of times a second.
                    await asyncio.sleep(min((answer and answer.retry_after_s) or 0.1, 1.0))

        await self.client.open(connections)
        with self.meter.running():
            await asyncio.gather(*(call_again_and_again() for _ in range(connections)))

    async def open(
        self,
        source: Source,
        phase: str,
        *,
        rate: float,
        seconds: float,
        seed: int,
        kind: str = "",
        follow: float = 0.0,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Requests at the times of a Poisson process, whatever becomes of those before.

        Args:
            rate: requests a second, on average.
            follow: share of the refused requests that are sent again once, when their Retry-After says.
            wanted: if it says no, no more are sent.
        """
        start = time.monotonic()
        retries = random.Random(seed + 1)
        with self.meter.running():
            for due in arrivals(rate, seconds, seed):
                delay = start + due - time.monotonic()
                if delay > 0:
                    await asyncio.sleep(delay)
                if not wanted():
                    break
                again = follow > 0 and retries.random() < follow
                self._start(self._send_and_follow(source, phase, start + due, kind, again))
            while self._tasks:
                await asyncio.wait(self._tasks)

    async def _send_and_follow(self, source: Source, phase: str, due: float, kind: str, again: bool) -> None:
        drawn = source.draw()
        answer = await self._send(drawn, phase, due, kind)
        if again and answer is not None and answer.status == 429 and answer.retry_after_s is not None:
            due = time.monotonic() + answer.retry_after_s
            await asyncio.sleep(answer.retry_after_s)
            await self._send(drawn, phase, due, kind, attempt=2)  # the same once more, as clients do

    async def _send(
        self, drawn: tuple[Payload, bytes], phase: str, due: float, kind: str, attempt: int = 1
    ) -> Answer | None:
        payload, request = drawn
        self.meter.sent += 1
        number = self.meter.sent
        sent = time.monotonic()
        try:
            async with asyncio.timeout(GIVE_UP_S):
                answer = await self.client.ask(request)
        except OSError:  # TimeoutError is one
            answer = None
        record = Record(phase, kind or payload.route, due, sent, time.monotonic(), UNANSWERED, payload.sentences)
        record.attempt = attempt
        if answer is not None:
            record.status, record.timing = answer.status, answer.timing
            record.retry_after_s = answer.retry_after_s
            record.whole = answer.status != 200 or number % LOOK_AT != 1 or is_whole(payload, answer)
        self.records.append(record)
        return answer

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def arrivals(rate: float, seconds: float, seed: int) -> Iterator[float]:
    """Times of a Poisson process, in seconds from its start."""
    chance = random.Random(seed)
    at = chance.expovariate(rate)
    while at < seconds:
        yield at
        at += chance.expovariate(rate)


def is_whole(payload: Payload, answer: Answer) -> bool:
    """Whether an answer has the list that was asked for, as long as it must be."""
    name, length = payload.answers
    try:
        results = json.loads(answer.body).get(name)
    except (ValueError, AttributeError):
        return False
    return isinstance(results, list) and length in (None, len(results))
