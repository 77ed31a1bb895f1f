"""The questions and transcripts that `nlp-service cluster` reads, line by line: JSON Lines of both, CSV or Parquet."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError

from nlp_service.api.limits import MAX_PREVIOUS_SAMPLE
from nlp_service.api.requests import ClusterQuestion, PreviousCluster, PreviousGone, QuestionText, TranscriptDocument
from nlp_service.cli import rows, tickets
from nlp_service.cli.groups import manageable
from nlp_service.cli.transcripts import Lines
from nlp_service.contracts import Cluster, Document, QuestionItem
from nlp_service.errors import DataError

CLUSTERS: Final = "clusters.json"
COLUMNS: Final = ("text", "id", "at")

Numbered = tuple[int, QuestionItem | Document]
"""The number of the line, and what it holds."""


class Earlier(NamedTuple):
    """What an earlier run left: its clusters, then those that were quiet, and its sample of the questions, if any."""

    clusters: list[Cluster]
    sample: list[str]


class _Written(BaseModel):
    """The part of clusters.json that is read."""

    clusters: list[PreviousCluster]
    gone: list[PreviousGone] = []
    sample: Annotated[list[QuestionText], Field(max_length=MAX_PREVIOUS_SAMPLE)] = []


class _Question(ClusterQuestion):
    """A question; whatever else its line says is left alone, because exports say a lot."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, strict=False)


def _form(value: Any) -> str:
    return "@turns" if isinstance(value, dict) and value.get("turns") is not None else "@text"


_ADAPTER: Final[TypeAdapter[_Question | TranscriptDocument]] = TypeAdapter(
    Annotated[Annotated[_Question, Tag("@text")] | Annotated[TranscriptDocument, Tag("@turns")], Discriminator(_form)]
)


def read(
    path: Path, *, as_tickets: bool = False, only: Collection[int] | None = None, verb: str = "reading"
) -> Lines[Numbered]:
    """The questions and transcripts of a file; a line with `turns` is a transcript, any other a question as it stands.

    Args:
        as_tickets: whether any other is a ticket of several sentences instead, as in a file of transcripts.
        only: numbers of the lines that are wanted, of a file that was read before.

    Raises:
        DataError: if the file can't be read, is a table without a column `text`, or is Parquet and pyarrow isn't
            installed.
    """
    undated = rows.Undated()
    lines = rows.lines(path, tickets.COLUMNS if as_tickets else COLUMNS, undated)
    parse = _ticket if as_tickets else _parse
    if only is None:
        return Lines(path, parse, lines, verb, undated)
    return Lines(path, parse, (line for line in lines if line[0] in only), verb)


def read_previous(path: Path) -> Earlier:
    """What is known of an earlier run.

    Args:
        path: its folder, or the clusters.json in it.

    Raises:
        DataError: if it can't be used.
    """
    path = path / CLUSTERS if path.is_dir() else path
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise DataError(f"{path}: not valid JSON in UTF-8") from None
    if not isinstance(content, dict) or "clusters" not in content:
        raise DataError(f"{path}: has no 'clusters'")
    try:
        written = _Written.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        raise DataError(f"{path}: {'/'.join(map(str, first['loc']))}: {first['msg']}") from None
    ids: set[str] = set()
    for number, earlier in enumerate(written.clusters):
        if earlier.id in ids or not earlier.name.strip():
            problem = "its id is that of an earlier one" if earlier.id in ids else "its name is empty"
            raise DataError(f"{path}: clusters/{number}: {problem}")
        ids.add(earlier.id)
    quiet = [one for gone in written.gone if gone.id not in ids for one in gone.records()]
    return Earlier([*(cluster.record() for cluster in written.clusters), *quiet], written.sample)


def _ticket(number: int, line: bytes) -> Numbered:
    return number, manageable(tickets.document(line))


def _parse(number: int, line: bytes) -> Numbered:
    row = _ADAPTER.validate_json(line.decode("utf-8"))
    if isinstance(row, TranscriptDocument):
        return number, manageable(row.record())
    return number, QuestionItem(str(number) if row.id is None else row.id, row.text, row.at)
