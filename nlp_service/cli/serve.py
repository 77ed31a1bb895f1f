"""`nlp-service serve`: the HTTP service."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli.options import given, settings_options
from nlp_service.errors import ConfigurationError, ServiceError

if TYPE_CHECKING:
    from nlp_service.api.services import Runtime
    from nlp_service.assembly import Service
    from nlp_service.serving.departure import Departure
    from nlp_service.serving.server import Entrance
    from nlp_service.settings import Settings
    from nlp_service.shared_metrics import SharedMetrics

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
SWITCH_INTERVAL_S = 0.001
"""A thread that judges sentences lets the event loop have its turn after this time; Python has five times as much."""
RARE_COLLECTIONS = (2_000, 10, 500)
"""A round over what is new looks at 2 000 objects, some 2 ms in which nothing else happens; one of the second kind at
ten times as many. One over all of them is as rare as can be."""
INTERRUPTED = 128 + signal.SIGINT

logger = logging.getLogger(__name__)


@click.command()
@settings_options()
def serve(**options: Any) -> None:
    """Serve the HTTP API. Every flag can be given as the environment variable named behind it; the flag wins.

    On SIGHUP, the contact-reason model and its taxonomy are read again and take the old ones' place if they pass a
    check; no request is refused meanwhile.

    On SIGTERM, /health/ready says 503 at once, everything is served for --drain-notice-ms, then the port is closed and
    requests under way are finished, within --drain-timeout-ms. Ctrl-C and a second signal leave out the notice; one
    signal more ends it at once.
    """
    from nlp_service import settings as configuration
    from nlp_service.serving import ports

    settings = configuration.load(given(options))
    logging.basicConfig(level=settings.log_level.upper(), format=LOG_FORMAT)
    # The format shows none of these; asking for them costs a system call a line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if settings.workers > 1 and not hasattr(os, "fork"):
        raise ConfigurationError("several workers need a system with fork, such as Linux or macOS")
    ports.allow_many()
    listeners = ports.bind(settings.host, settings.port)
    sys.exit(_alone(settings, listeners) if settings.workers == 1 else _together(settings, listeners))


def _alone(settings: "Settings", listeners: list[socket.socket]) -> int:
    """Serve in this process; the exit code."""
    from nlp_service.serving.departure import Step
    from nlp_service.serving.entrances import Port

    signal.signal(signal.SIGTERM, _stop)
    departure = _departure(settings)
    code = 0

    def interrupted() -> None:
        nonlocal code
        code = INTERRUPTED
        departure.further(Step.HURRYING)

    heard = {signal.SIGTERM: departure.further, signal.SIGINT: interrupted}
    try:
        _run(lambda: _serve(settings, Port(listeners, departure), departure, heard))
    except KeyboardInterrupt:  # while the models were loaded
        return INTERRUPTED
    return code


def _together(settings: "Settings", listeners: list[socket.socket]) -> int:
    """Have several processes serve; the exit code."""
    from nlp_service.serving.supervisor import Supervisor
    from nlp_service.shared_metrics import SharedMetrics

    with tempfile.TemporaryDirectory(prefix="nlp-service-metrics-") as folder:
        supervisor = Supervisor(
            listeners,
            settings.workers,
            lambda slot, channel: _be_worker(settings, SharedMetrics(Path(folder), slot), channel),
            notice_s=settings.drain_notice_ms / 1000,
            drain_s=settings.drain_timeout_ms / 1000,
            ended=lambda slot: SharedMetrics(Path(folder), slot).ended(),
        )
        return supervisor.run()


def _be_worker(settings: "Settings", shared: "SharedMetrics", channel: socket.socket) -> int:
    """Serve what the supervisor sends, with a share of the CPUs; the exit code."""
    from nlp_service.assembly import available_cpus
    from nlp_service.serving.entrances import Handover

    threads = settings.threads or share(available_cpus(), of=settings.workers, slot=shared.worker)
    departure = _departure(settings)
    handover = Handover(channel, departure)
    heard = {signal.SIGTERM: handover.ask_to_go}
    own_settings = settings.model_copy(update={"threads": threads})
    try:
        _run(lambda: _serve(own_settings, handover, departure, heard, shared))
    except ServiceError as error:
        handover.give_up(str(error))
        return 1
    return 0


def share(cpus: int, *, of: int, slot: int) -> int:
    """CPUs for one of several workers: together they have all, and each has one at least."""
    return max(1, cpus // of + (slot < cpus % of))


def _departure(settings: "Settings") -> "Departure":
    from nlp_service.serving.departure import Departure

    return Departure(notice_s=settings.drain_notice_ms / 1000, drain_s=settings.drain_timeout_ms / 1000)


def _run(serving: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """On the event loop that uvicorn takes by itself."""
    from uvicorn.loops.auto import auto_loop_factory

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(serving())


async def _serve(
    settings: "Settings",
    entrance: "Entrance",
    departure: "Departure",
    heard: Mapping[signal.Signals, Callable[[], None]],
    shared: "SharedMetrics | None" = None,
) -> None:
    """Load and prove the models, then open the entrance: whoever can connect is answered."""
    from nlp_service.api.app import create_app
    from nlp_service.assembly import running, taking_jobs
    from nlp_service.serving.server import Server
    from nlp_service.telemetry import Telemetry

    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # Listened for from the start: the signal's default is to end the process.
    hangup = asyncio.Event()
    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    telemetry = Telemetry(shared)
    async with (
        running(settings, telemetry) as service,
        _collecting_less(),
        _reloading(service, hangup),
        taking_jobs(settings, service) as job_desk,
    ):
        app = create_app(
            lambda: nullcontext(service),
            telemetry=telemetry,
            max_body_bytes=settings.max_body_bytes,
            request_timeout_ms=settings.request_timeout_ms,
            job_desk=job_desk,
        )
        runtime: Runtime = app.state.runtime
        runtime.leaving = departure.has_begun
        with _hearing(heard):
            await Server(app, entrance, departure).serve()


@asynccontextmanager
async def _collecting_less() -> AsyncIterator[None]:
    """Spare the garbage collector what was loaded, which lives as long as the process, and most of its rounds.

    Requests leave nothing behind that holds itself, so reference counting frees them; what makes objects more is what
    is remembered, until that is full.
    """
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARE_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


@contextmanager
def _hearing(heard: Mapping[signal.Signals, Callable[[], None]]) -> Iterator[None]:
    """Call these on the event loop when their signals come."""
    loop = asyncio.get_running_loop()

    def passing_on(call: Callable[[], None]) -> Callable[..., object]:
        return lambda *_: loop.call_soon_threadsafe(call)

    before = {number: signal.signal(number, passing_on(call)) for number, call in heard.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@asynccontextmanager
async def _reloading(service: "Service", hangup: asyncio.Event) -> AsyncIterator[None]:
    """Reload whenever the event is set. Signals during a reload ask, all together, for one more after it."""

    async def reload_again_and_again() -> None:
        while await hangup.wait():
            hangup.clear()
            try:
                await service.reload()
            except ServiceError as error:
                problem = "; ".join(str(error).splitlines())
                logger.error("not reloaded, contact reasons are answered as before: %s", problem)

    task = asyncio.create_task(reload_again_and_again())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _stop(*_: object) -> None:
    """End at once, before requests are served and after."""
    raise SystemExit(0)
