"""Readiness, and the end of what a service has for itself."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nlp_service.assembly import Service
from nlp_service.embedding.encoder.fake import FakeEncoder

TEXT = "快递太慢了"
SOON_S = 10


class Closable:
    """An analysis that is only closed."""

    closed = False

    def close(self):
        self.closed = True


@pytest.fixture
def make_service(telemetry):
    encoder = FakeEncoder()
    vector = encoder.encode(encoder.tokenize([TEXT]))[0]
    return lambda: Service(Closable(), encoder, (TEXT, vector), None, telemetry)


def test_readiness_waits_for_no_thread_that_others_use(run, make_service):
    go_on = threading.Event()

    async def scenario():
        service = make_service()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, go_on.wait, SOON_S)
        await service.ready()
        assert not busy.done()
        go_on.set()
        assert await busy
        await service.close()

    run(scenario())


def test_at_its_end_its_threads_and_those_of_what_answers_have_ended(run, make_service):
    async def scenario():
        service = make_service()
        await service.ready()
        await service.close()
        assert service.analysis.closed
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("readiness")]

    run(scenario())
