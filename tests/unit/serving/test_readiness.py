"""Many probes at once, and probes while the service leaves."""

import asyncio

import pytest

from nlp_service.api import services
from nlp_service.api.services import Runtime
from nlp_service.errors import NotReadyError
from nlp_service.telemetry import Telemetry


class Slow:
    """A service whose inference takes until `released`."""

    def __init__(self):
        self.inferences = 0
        self.released = asyncio.Event()
        self.failure = None

    async def ready(self):
        self.inferences += 1
        await self.released.wait()
        if self.failure is not None:
            raise self.failure


def runtime_of(service):
    return Runtime(Telemetry(), 1024, 10.0, running=service)


def test_probes_at_the_same_time_share_one_inference(run):
    async def scenario():
        service = Slow()
        runtime = runtime_of(service)
        probes = [asyncio.create_task(runtime.ready()) for _ in range(20)]
        await asyncio.sleep(0)
        probes[0].cancel()  # its client has left; the others still wait
        service.released.set()
        outcomes = await asyncio.gather(*probes, return_exceptions=True)
        assert isinstance(outcomes[0], asyncio.CancelledError)
        assert outcomes[1:] == [None] * 19
        assert service.inferences == 1
        await runtime.ready()
        assert service.inferences == 2

    run(scenario())


def test_probes_that_gave_up_dont_pile_up_inferences(run, monkeypatch):
    monkeypatch.setattr(services, "PROBE_S", 0.02)

    async def scenario():
        service = Slow()
        runtime = runtime_of(service)
        for _ in range(3):
            with pytest.raises(NotReadyError, match="too long"):
                await runtime.ready()
        assert service.inferences == 1
        service.released.set()
        await runtime.ready()

    run(scenario())


def test_a_failed_inference_fails_every_probe_that_shared_it(run):
    async def scenario():
        service = Slow()
        service.failure = NotReadyError("the encoder fails")
        runtime = runtime_of(service)
        probes = [asyncio.create_task(runtime.ready()) for _ in range(3)]
        await asyncio.sleep(0)
        service.released.set()
        outcomes = await asyncio.gather(*probes, return_exceptions=True)
        assert {str(outcome) for outcome in outcomes} == {"the encoder fails"}

    run(scenario())


def test_who_is_leaving_is_not_ready_and_asks_no_model(run):
    async def scenario():
        service = Slow()
        runtime = runtime_of(service)
        runtime.leaving = lambda: True
        with pytest.raises(NotReadyError, match="about to end"):
            await runtime.ready()
        assert service.inferences == 0

    run(scenario())
