"""SIGTERM under load, behind something that acts as a load balancer does."""

import asyncio
import signal
import time
from collections.abc import Coroutine
from typing import Any

from load_tests import payloads
from load_tests.bench import Bench, Scenario, headline
from load_tests.figures import Figures
from load_tests.http_client import Client, status_of
from load_tests.server import LoadTestError, Target

CALLERS = 16
LOAD = 0.5
NOTICE_MS = 3_000
PROBE_S = 0.1
"""Shorter than balancers probe, so that the moment of the change is known well."""
AFTER_NOTICE_S = 1.0
"""A balancer sends on for a while after the probe has failed: one more interval, and what is on its way."""
END_S = 60.0
STEADY, ENDING = "steady", "ending"


async def sigterm(bench: Bench) -> Figures:
    """Send until a while after readiness says no; then no request may be missing."""
    documents = payloads.transcripts(bench.corpus, fresh=True)
    async with bench.server({"drain-notice-ms": NOTICE_MS}) as target:
        await bench.warm_up(target, bench.source(documents))
        driver = bench.driver(target)
        capacity = await bench.capacity(driver, bench.source(documents), CALLERS)
        rate = bench.options.rate or (bench.options.times_capacity or LOAD) * capacity["requests_per_s"]
        source, seed = bench.source(documents, seed_offset=1), bench.options.seed
        await driver.open(source, STEADY, rate=rate, seconds=bench.seconds, seed=seed)
        # From here on, an answer that doesn't come is a dropped one, not something to be asked for again.
        driver.client.resends = False
        balancer = _Balancer(target)
        watch = asyncio.create_task(balancer.watch())
        work = driver.open(source, ENDING, rate=rate, seconds=END_S, seed=seed + 1, wanted=balancer.sends)
        signalled = await _signal_soon(target, work)
        watch.cancel()
        ended = await _exit(target, signalled)
    after = [record for record in bench.records if record.phase == ENDING and record.answered > signalled]
    if balancer.not_ready_at is None:
        bench.note("the probe never said 503: the server closed its door first, and requests ran into that")
    return {
        **headline(bench.phase(STEADY)),
        "readiness_before_close": float(balancer.not_ready_at is not None),
        "not_ready_after_ms": (balancer.not_ready_at - signalled) * 1000 if balancer.not_ready_at else None,
        "answered_after_signal": sum(record.good for record in after),
        "dropped": sum(record.status == 0 for record in after),
        "exit_after_s": ended,
    }


class _Balancer:
    """Asks the readiness probe, and stops sending some time after it has failed."""

    def __init__(self, target: Target) -> None:
        self._client = target.client()
        self.not_ready_at: float | None = None
        self._closed_at: float | None = None

    async def watch(self) -> None:
        """Probe until nobody answers."""
        try:
            while self._closed_at is None:
                await self._probe(self._client)
                await asyncio.sleep(PROBE_S)
        finally:
            self._client.close()

    def sends(self) -> bool:
        """Whether requests still go there."""
        if self._closed_at is not None:
            return False
        return self.not_ready_at is None or time.monotonic() < self.not_ready_at + AFTER_NOTICE_S

    async def _probe(self, client: Client) -> None:
        status = await status_of(client, "/health/ready")
        if status == 0:
            self._closed_at = time.monotonic()
        elif status != 200 and self.not_ready_at is None:
            self.not_ready_at = time.monotonic()


async def _signal_soon(target: Target, work: Coroutine[Any, Any, None]) -> float:
    """Send SIGTERM a second into the work, and wait for the work's end; when the signal went out."""
    if target.process is None:
        raise LoadTestError("this scenario ends the server, so it must be its own")
    task = asyncio.create_task(work)
    await asyncio.sleep(1.0)
    signalled = time.monotonic()
    target.process.send_signal(signal.SIGTERM)
    await task
    return signalled


async def _exit(target: Target, signalled: float) -> float | None:
    """Seconds from the signal to the end of the process."""
    assert target.process is not None
    try:
        await asyncio.wait_for(target.process.wait(), END_S)
    except TimeoutError:
        return None
    return time.monotonic() - signalled


SCENARIOS = (Scenario("sigterm", "Is a request lost when the server is told to end?", 0.5, sigterm, own_server=True),)
