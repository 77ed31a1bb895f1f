"""What is kept of every request, and its way to a file and back. No text is among it."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

UNANSWERED = 0
"""The status of a request that got no answer at all."""


@dataclass(slots=True)
class Record:
    """One request. Times are seconds of the monotonic clock, one for all processes of this machine.

    Attributes:
        phase: part of the scenario it belongs to.
        kind: route, or lane where two run side by side.
        scheduled: when it was due. Where users wait for answers, that is when it was sent.
        sent: when it was written to the socket.
        answered: when its answer was whole.
        status: HTTP status; `UNANSWERED` if none came.
        sentences: how many it held.
        whole: whether its answer had as many results as asked for, where that was looked at.
        retry_after_s: of the header.
        attempt: 2 if it followed a 429's Retry-After.
        timing: the header `Server-Timing`.
    """

    phase: str
    kind: str
    scheduled: float
    sent: float
    answered: float
    status: int
    sentences: int
    whole: bool = True
    retry_after_s: int | None = None
    attempt: int = 1
    timing: str = ""

    @property
    def latency_s(self) -> float:
        """From when it was due, so that a server that is slow to take requests can't hide the wait."""
        return self.answered - self.scheduled

    @property
    def good(self) -> bool:
        """Answered, and wholly."""
        return self.status == 200 and self.whole


COLUMNS = [field.name for field in fields(Record)]


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write CSV with a head line."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(map(astuple, records))


def read_records(path: Path) -> list[Record]:
    """Read what `write_records` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_record(row) for row in csv.DictReader(file)]


def _record(row: dict[str, str]) -> Record:
    return Record(
        phase=row["phase"],
        kind=row["kind"],
        scheduled=float(row["scheduled"]),
        sent=float(row["sent"]),
        answered=float(row["answered"]),
        status=int(row["status"]),
        sentences=int(row["sentences"]),
        whole=row["whole"] == "True",
        retry_after_s=int(row["retry_after_s"]) if row["retry_after_s"] else None,
        attempt=int(row["attempt"]),
        timing=row["timing"],
    )
