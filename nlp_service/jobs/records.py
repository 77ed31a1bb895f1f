"""What a job is made of, on disk and for those who ask."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from nlp_service.contracts import Cluster, Clustering, QuestionItem

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
FINISHED: frozenset[Status] = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be clustered. It holds customers' texts, so it is removed as soon as the job is finished."""

    questions: list[QuestionItem]
    previous: list[Cluster] = field(default_factory=list)
    least_size: int | None = None
    previous_sample: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job, and the digests of what answered."""

    clustering: Clustering
    model: dict[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """How far the work is; see `contracts.Progress`."""

    step: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class State:
    """Where a job is in its life.

    Attributes:
        questions: how many there are.
        fingerprint: digest of the work: tells a repeated submission from another one with the same key.
        attempts: how often work on it has begun and not been put back in good order.
        setbacks: how often it was set back by something that may pass, such as a full disk.
        set_back_at: when that happened last.
        error: name of the class in `nlp_service.errors` that it failed with.
    """

    status: Status
    questions: int
    created_at: datetime
    fingerprint: str = ""
    attempts: int = 0
    setbacks: int = 0
    set_back_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as others see it.

    Attributes:
        expires_at: when everything about it is removed; null while it is unfinished.
    """

    id: str
    status: Status
    questions: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    place: Place | None
    error: str | None


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
