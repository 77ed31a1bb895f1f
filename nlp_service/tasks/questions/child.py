"""The process that clusters for another (`separate`)."""

import os
import socket
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from time import sleep
from traceback import extract_tb
from typing import Final

from threadpoolctl import threadpool_limits

from nlp_service.tasks.questions.clusterer import QuestionClusterer
from nlp_service.tasks.questions.separate import Failure, receive

IDLE_S: Final = 120.0
NICENESS: Final = 5
"""Whoever waits for a sentence goes first."""
LOOK_S: Final = 1.0


def main(descriptor: int) -> None:
    """Work on what comes in until nothing comes any more, or nobody is there to send it."""
    os.nice(NICENESS)
    Thread(target=_end_with_the_parent, args=[os.dup(descriptor)], daemon=True).start()
    with Connection(descriptor) as line, threadpool_limits(1, user_api="blas"):
        try:
            while line.poll(IDLE_S):
                _work(line)
        except (EOFError, OSError):  # the parent has ended
            return


def _end_with_the_parent(descriptor: int) -> None:
    """End in the middle of the work too, once the other end of the line is closed."""
    with socket.socket(fileno=descriptor) as line:
        while line.recv(1, socket.MSG_PEEK):
            sleep(LOOK_S)
    os._exit(0)


def _work(line: Connection) -> None:
    job = receive(line)
    try:
        found = QuestionClusterer().cluster(
            job.questions,
            job.vectors,
            job.kinds,
            job.previous,
            lambda *place: line.send(place),
            previous_sample=job.previous_sample,
            least_size=job.least_size,
            reasons=job.reasons,
        )
    except OSError:
        raise
    except Exception as error:  # told without its message, which may hold what a customer wrote
        last = extract_tb(error.__traceback__)[-1]
        line.send(Failure(f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"))
    else:
        line.send(found)
