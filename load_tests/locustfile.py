"""Load by Locust on a running service, from outside: nothing is used but its HTTP interface. README.md says how."""

import csv
import sys
import time
from argparse import ArgumentParser
from dataclasses import astuple
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from load_tests.corpus import TRANSCRIPTS, read_corpus
from load_tests.options import naming
from load_tests.records import COLUMNS, UNANSWERED, Record
from load_tests.server import LoadTestError, host_of
from load_tests.stage_times import StageTimes
from load_tests.users import (
    SENTENCES,
    BulkUser,
    ClusterUser,
    EmbeddingUser,
    FaqUser,
    InteractiveUser,
    MixedUser,
    SentenceUser,
    TranscriptUser,
)

__all__ = [
    "BulkUser",
    "ClusterUser",
    "EmbeddingUser",
    "FaqUser",
    "InteractiveUser",
    "MixedUser",
    "SentenceUser",
    "TranscriptUser",
]


class RecordFile:
    """A record of every request, as CSV, for `load_tests.run`."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)

    def on_request(
        self,
        name: str,
        response_time: float,
        response: Any = None,
        exception: Any = None,
        context: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Keep one request."""
        now = time.monotonic()
        headers = getattr(response, "headers", None) or {}
        sent = now - response_time / 1000
        record = Record("users", name, sent, sent, now, UNANSWERED, (context or {}).get(SENTENCES, 0))
        record.status = getattr(response, "status_code", 0) or UNANSWERED
        record.whole = record.status != 200 or exception is None
        retry_after = headers.get("Retry-After", "")
        record.retry_after_s = int(retry_after) if retry_after.isdecimal() else None
        record.timing = headers.get("Server-Timing", "")
        self._writer.writerow(astuple(record))

    def close(self) -> None:
        """Write what is left."""
        self._file.close()


def add_options(parser: ArgumentParser, **_: Any) -> None:
    """Add this file's options to Locust's."""
    group: Any = parser.add_argument_group("Texts")  # configargparse's: it has env_var
    group.add_argument(
        "--transcripts", env_var="LOAD_TRANSCRIPTS", default=str(TRANSCRIPTS), help="transcripts to send, JSON Lines"
    )
    group.add_argument(
        "--fresh", env_var="LOAD_FRESH", action="store_true", help="make every text new, so that no cache can answer"
    )
    group.add_argument(
        "--items", env_var="LOAD_ITEMS", type=int, default=1, help="documents, texts or questions in one request"
    )
    group.add_argument(
        "--allow-remote",
        env_var="LOAD_ALLOW_REMOTE",
        action="store_true",
        help="the server is another machine, and yours to load",
    )
    group.add_argument("--records", env_var="LOAD_RECORDS", default="", help="CSV to keep a record of every request in")


def prepare(environment: Environment, **_: Any) -> None:
    """Check the options before any load, and listen to the answers."""
    options = environment.parsed_options
    if options is None:
        return
    if options.items < 1:
        sys.exit("--items must be at least 1")
    try:
        if options.host:
            host_of("--host", options.host, allow_remote=options.allow_remote)
        with naming("--transcripts", Path(options.transcripts)):
            read_corpus(options.transcripts)
    except LoadTestError as error:
        sys.exit(str(error))
    hooks: Any = environment.events
    if options.records:
        records = RecordFile(Path(options.records))
        hooks.request.add_listener(records.on_request)
        hooks.quitting.add_listener(lambda **_: records.close())
    stages = StageTimes()
    hooks.request.add_listener(stages.on_request)
    if isinstance(environment.runner, WorkerRunner):
        hooks.report_to_master.add_listener(stages.on_report_to_master)
        return
    hooks.worker_report.add_listener(stages.on_worker_report)
    hooks.quitting.add_listener(lambda **_: print(stages.table()))


_hooks: Any = events  # Locust doesn't annotate them
_hooks.init_command_line_parser.add_listener(add_options)
_hooks.init.add_listener(prepare)
