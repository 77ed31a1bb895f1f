"""The folder of one job: `status.json`, `input.json` until it is finished, `progress.json` meanwhile, `result.json`."""

import logging
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from nlp_service.errors import JobDamagedError, NotFoundError
from nlp_service.jobs.files import remove_files, write_whole
from nlp_service.jobs.records import Outcome, Place, State, Work

T = TypeVar("T")

STATUS, INPUT, PROGRESS, RESULT, WORK_LOCK = "status.json", "input.json", "progress.json", "result.json", "work.lock"
SHOWN = 8
"""Characters of an id that a log shows: enough to tell jobs apart, too few to ask for one."""

_STATE, _WORK, _PLACE, _OUTCOME = TypeAdapter(State), TypeAdapter(Work), TypeAdapter(Place), TypeAdapter(Outcome)

logger = logging.getLogger(__name__)


def work_bytes(work: Work) -> bytes:
    """The work as `input.json` holds it."""
    return _WORK.dump_json(work)


class JobFolder:
    """Reads and writes the files of one job. The name of the folder is the job's id; whoever knows it may ask."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def label(self) -> str:
        """What a log may call the job."""
        return f"{self.path.name[:SHOWN]}…"

    def exists(self) -> bool:
        """Whether there is such a job."""
        return self.path.is_dir()

    def has_input(self) -> bool:
        """Whether it waits to be worked on, or is being worked on, or was left untidy."""
        return (self.path / INPUT).exists()

    def state(self) -> State:
        """Where the job is in its life. One whose status can't be made out has failed.

        Raises:
            NotFoundError: if there is no such job.
        """
        try:
            return _STATE.validate_json((self.path / STATUS).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            pass
        try:
            since = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except (FileNotFoundError, NotADirectoryError):
            raise no_such_job() from None
        return State("failed", 0, since, finished_at=since, error=JobDamagedError.__name__)

    def write_state(self, state: State) -> None:
        """Put the job into another state; for who holds the store's lock."""
        write_whole(self.path / STATUS, _STATE.dump_json(state))

    def write_input(self, content: bytes) -> None:
        """Keep the work."""
        write_whole(self.path / INPUT, content)

    def work(self) -> Work:
        """The work.

        Raises:
            JobDamagedError: if it can't be made out.
        """
        return _read(self.path / INPUT, _WORK)

    def place(self) -> Place | None:
        """How far the work is, if that is known."""
        with suppress(JobDamagedError, OSError):
            return _read(self.path / PROGRESS, _PLACE)
        return None

    def write_place(self, place: Place) -> None:
        """Note how far the work is."""
        write_whole(self.path / PROGRESS, _PLACE.dump_json(place), durable=False)

    def outcome(self) -> Outcome:
        """What came of the job.

        Raises:
            JobDamagedError: if it can't be made out.
        """
        return _read(self.path / RESULT, _OUTCOME)

    def write_outcome(self, outcome: Outcome) -> None:
        """Keep what came of the job."""
        write_whole(self.path / RESULT, _OUTCOME.dump_json(outcome))

    def forget_place(self) -> None:
        """Forget how far an earlier attempt got."""
        remove_files(self.path, PROGRESS)

    def remove_input(self) -> None:
        """Remove the customers' texts, and how far the work was."""
        remove_files(self.path, INPUT, PROGRESS)

    def remove_texts(self) -> None:
        """Remove everything that holds text."""
        remove_files(self.path, INPUT, PROGRESS, RESULT)


def no_such_job() -> NotFoundError:
    """The answer to whoever asks for a job that isn't there."""
    return NotFoundError("there is no job of this id; finished ones are removed after a while")


def _read(path: Path, shape: TypeAdapter[T]) -> T:
    try:
        return shape.validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        # Pydantic's message shows what it was given, so nothing of it goes on.
        raise JobDamagedError(f"{path.name} can't be made out") from None
