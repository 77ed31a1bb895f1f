"""What holds while the service runs, and no longer."""

import asyncio
import gc
import weakref

from threadpoolctl import threadpool_info, threadpool_limits

from nlp_service.assembly import building, running
from nlp_service.settings import load
from nlp_service.telemetry import Telemetry


def blas_threads():
    """By library."""
    return {pool["filepath"]: pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_blas_has_one_thread_while_the_service_runs():
    async def while_it_runs():
        async with running(load({"engine": "fake"}), Telemetry()):
            return blas_threads()

    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        inside = asyncio.run(while_it_runs())
        after = blas_threads()
    assert set(before.values()) <= {2}
    assert {file: inside[file] for file in before} == dict.fromkeys(before, 1)
    assert {file: after[file] for file in before} == before


def test_what_a_reload_replaces_is_freed_without_a_collection(monkeypatch):
    async def passed(*_):
        """The fake encoder recognises no code by its texts."""

    monkeypatch.setattr(building, "check", passed)

    async def scenario():
        async with running(load({"engine": "fake"}), Telemetry()) as service:
            await service.analysis.reasons(["快递太慢了。客服不错。"])
            gc.freeze()  # as the server does: what holds itself in a circle stays for ever
            first = weakref.ref(service.analysis)
            await service.reload()
            gc.unfreeze()
            return first() is None

    assert asyncio.run(scenario())
