"""What several groups of tests share: asyncio without loose ends, telemetry that can be read, and a real Redis."""

import asyncio
import gc
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress

import hypothesis
import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from redis.exceptions import RedisError

from nlp_service.telemetry import Telemetry

SCENARIO_SECONDS = 30
"""Hardly any scenario comes near it: it turns a hanging test into a failing one."""
START_SECONDS = 30

# The same examples in every run; and no deadline, because the machine may be busy.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def run():
    """Runs a coroutine to its end; fails if it hangs, or if an exception was left that nobody looked at."""
    gc.freeze()  # collections then look at what the scenarios left, not at all of the imported libraries

    def run_to_the_end(coroutine, seconds=SCENARIO_SECONDS, loop_factory=None):
        unseen = []

        async def scenario():
            asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context["message"]))
            try:
                async with asyncio.timeout(seconds):
                    return await coroutine
            finally:
                gc.collect()
                await asyncio.sleep(0)

        with asyncio.Runner(loop_factory=loop_factory) as runner:
            result = runner.run(scenario())
        assert unseen == []
        return result

    return run_to_the_end


@pytest.fixture
def collected():
    """Runs a call without the garbage collector; the service's types of which it left objects that only one finds."""

    def after(work):
        gc.collect()
        gc.disable()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            work()
            gc.collect()
            return {type(item).__qualname__ for item in gc.garbage if type(item).__module__.startswith("nlp_service")}
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()

    return after


def read_metrics(text):
    """A function from a metric's name and labels to its value, 0 where there is none."""
    values = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return lambda name, **labels: values.get((f"nlp_service_{name}", frozenset(labels.items())), 0.0)


@pytest.fixture(scope="session")
def metrics():
    """Reads the Prometheus text format: `metrics(text)("cache_failures_total", backend="redis")`."""
    return read_metrics


@pytest.fixture
def telemetry():
    return Telemetry()


@pytest.fixture
def metric(telemetry):
    """The value now of one of this test's metrics."""
    return lambda name, **labels: read_metrics(telemetry.render().decode())(name, **labels)


def unused_port():
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def dead_redis_url():
    """Where no Redis is."""
    return f"redis://127.0.0.1:{unused_port()}/0"


class RedisServer:
    """A redis-server of its own, without persistence."""

    def __init__(self, folder):
        program = shutil.which("redis-server")
        if program is None:
            pytest.fail("these tests need a real Redis: install redis-server (Debian: apt-get install redis-server)")
        port = unused_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = Redis.from_url(self.url)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, "redis-server ended at start-up"
            assert time.monotonic() < deadline, "redis-server doesn't answer"
            time.sleep(0.02)

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def kill(self):
        """Without a chance to say goodbye, frozen or not."""
        self._process.kill()
        self._process.wait()

    def close(self):
        self.client.close()
        self.kill()

    def _answers(self):
        with suppress(RedisError):
            return self.client.ping()
        return False


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.close()


@pytest.fixture
def redis(shared_redis):
    """A running Redis, empty."""
    shared_redis.client.flushall()
    return shared_redis


@pytest.fixture
def own_redis(tmp_path):
    """A Redis that the test may freeze and kill."""
    server = RedisServer(tmp_path)
    yield server
    server.close()
