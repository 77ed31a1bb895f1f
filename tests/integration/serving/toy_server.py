"""`nlp-service serve` without models, as a program: a slow echo behind the same ports, processes, signals and metrics.

python toy_server.py WORKERS NOTICE_S DRAIN_S FOLDER

While the folder has a file of this name: `broken`, no worker can start; `no-fork`, the system has no process to spare.
"""

import asyncio
import errno
import logging
import os
import random
import signal
import sys
from functools import partial
from pathlib import Path

from nlp_service.errors import ConfigurationError
from nlp_service.serving import ports
from nlp_service.serving.departure import Departure, Step
from nlp_service.serving.entrances import Handover, Port
from nlp_service.serving.supervisor import Supervisor
from nlp_service.shared_metrics import SharedMetrics
from nlp_service.telemetry import Telemetry

LONGEST_S = 0.03


async def live(receive, send):
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


def app(departure, telemetry):
    """/ready, /metrics, /die; else says who answers, after the seconds that the query names or a short while."""

    async def answer(scope, receive, send):
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        with telemetry.request(scope["method"]) as times:
            times.status = 200
            body = str(os.getpid()).encode()
            if scope["path"] == "/ready":
                times.status = 503 if departure.has_begun() else 200
            elif scope["path"] == "/metrics":
                body = telemetry.render()
            elif scope["path"] == "/die":
                os.kill(os.getpid(), signal.SIGKILL)
            else:
                await asyncio.sleep(float(scope["query_string"] or random.uniform(0, LONGEST_S)))
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": times.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def run(departure, entrance, heard, telemetry):
    from uvicorn.loops.auto import auto_loop_factory

    from nlp_service.serving.server import Server

    async def serve():
        loop = asyncio.get_running_loop()
        for number, call in heard.items():
            loop.add_signal_handler(number, call)
        await Server(app(departure, telemetry), entrance, departure).serve()

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(serve())
    return 0


def fork_if_allowed(folder, fork=os.fork):
    if (folder / "no-fork").exists():
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return fork()


def main():
    workers, notice_s, drain_s, folder = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    logging.basicConfig(level="INFO")
    listeners = ports.bind("127.0.0.1", 0)

    def departure():
        return Departure(notice_s=notice_s, drain_s=drain_s)

    def work(slot, channel):
        mine = departure()
        handover = Handover(channel, mine)
        if (folder / "broken").exists():
            handover.give_up("the toy is broken")
            return 1
        return run(mine, handover, {signal.SIGTERM: handover.ask_to_go}, Telemetry(SharedMetrics(folder, slot)))

    if workers == 0:  # no supervisor
        mine = departure()
        heard = {signal.SIGTERM: mine.further, signal.SIGINT: lambda: mine.further(Step.HURRYING)}
        return run(mine, Port(listeners, mine), heard, Telemetry())
    os.fork = partial(fork_if_allowed, folder)
    ended = lambda slot: SharedMetrics(folder, slot).ended()  # noqa: E731
    try:
        return Supervisor(listeners, workers, work, notice_s=notice_s, drain_s=drain_s, ended=ended).run()
    except ConfigurationError as error:
        print(f"toy: {error}")  # noqa: T201
        return 2


if __name__ == "__main__":
    sys.exit(main())
