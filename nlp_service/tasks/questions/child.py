"""The process that clusters for another: `python -m nlp_service.tasks.questions.child FILE_DESCRIPTOR`."""

import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from traceback import extract_tb
from typing import Final

from threadpoolctl import threadpool_limits

from nlp_service.tasks.questions.clusterer import QuestionClusterer
from nlp_service.tasks.questions.separate import Failure, receive

IDLE_S: Final = 120.0
NICENESS: Final = 5
"""Whoever waits for a sentence goes first."""


def main(descriptor: int) -> None:
    """Work on what comes in until nothing comes any more, or nobody is there to send it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    os.nice(NICENESS)
    with Connection(descriptor) as line, threadpool_limits(1, user_api="blas"):
        try:
            while line.poll(IDLE_S):
                _work(line)
        except (EOFError, OSError):  # the parent has ended
            return


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
        )
    except OSError:
        raise
    except Exception as error:  # told without its message, which may hold what a customer wrote
        last = extract_tb(error.__traceback__)[-1]
        line.send(Failure(f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"))
    else:
        line.send(found)


if __name__ == "__main__":
    main(int(sys.argv[1]))
