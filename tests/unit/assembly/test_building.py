"""What holds while the service runs, and no longer."""

import asyncio

from threadpoolctl import threadpool_info, threadpool_limits

from nlp_service.assembly import running
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
