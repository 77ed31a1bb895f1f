"""The folder of one job: `status.json`, `input.json` until it is finished, `progress.json` meanwhile, `result.json`."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from nlp_service.contracts import QuestionItem
from nlp_service.errors import JobDamagedError, NotFoundError
from nlp_service.jobs.files import remove_files, write_whole
from nlp_service.jobs.records import Outcome, Place, State, Work

T = TypeVar("T")

STATUS, INPUT, PROGRESS, RESULT, WORK_LOCK = "status.json", "input.json", "progress.json", "result.json", "work.lock"
AT_ONCE = 1_000
"""Questions that are written or read in one piece."""
SHOWN = 8
"""Characters of an id that a log shows: enough to tell jobs apart, too few to ask for one."""

_STATE, _WORK, _PLACE, _OUTCOME = TypeAdapter(State), TypeAdapter(Work), TypeAdapter(Place), TypeAdapter(Outcome)
_QUESTIONS = TypeAdapter(list[QuestionItem])

logger = logging.getLogger(__name__)


def work_bytes(work: Work) -> bytes:
    """The work as `input.json` holds it: one JSON value, with some questions on each line but the first and the last.

    In one piece, a large one would be written and read with the interpreter's lock held: no thread would help.
    """
    start, end = _WORK.dump_json(replace(work, questions=[])).split(b"[]", 1)
    some = (work.questions[at : at + AT_ONCE] for at in range(0, len(work.questions), AT_ONCE))
    lines = b",\n".join(_QUESTIONS.dump_json(questions)[1:-1] for questions in some)
    return b"%b[\n%b\n]%b" % (start, lines, end)


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
        return _read(self.path / INPUT, _work_of)

    def place(self) -> Place | None:
        """How far the work is, if that is known."""
        with suppress(JobDamagedError, OSError):
            return _read(self.path / PROGRESS, _PLACE.validate_json)
        return None

    def write_place(self, place: Place) -> None:
        """Note how far the work is."""
        write_whole(self.path / PROGRESS, _PLACE.dump_json(place), durable=False)

    def outcome(self) -> Outcome:
        """What came of the job.

        Raises:
            JobDamagedError: if it can't be made out.
        """
        return _read(self.path / RESULT, _OUTCOME.validate_json)

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


def _work_of(content: bytes) -> Work:
    """The work, read as `work_bytes` has written it; earlier versions made a single line."""
    start, *lines = content.split(b"\n")
    end = lines.pop() if lines else b""
    work = _WORK.validate_json(start + end)
    for line in lines:
        work.questions.extend(_QUESTIONS.validate_json(b"[%b]" % line.removesuffix(b",")))
    return work


def _read(path: Path, parse: Callable[[bytes], T]) -> T:
    try:
        return parse(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        # Pydantic's message shows what it was given, so nothing of it goes on.
        raise JobDamagedError(f"{path.name} can't be made out") from None
