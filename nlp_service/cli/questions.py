"""The questions and transcripts that `nlp-service cluster` reads, line by line: JSON Lines of both, CSV or Parquet."""

import csv
import json
import re
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError

from nlp_service.api.limits import MAX_PREVIOUS_SAMPLE
from nlp_service.api.requests import ClusterQuestion, PreviousCluster, QuestionText, TranscriptDocument
from nlp_service.cli.transcripts import Line, Lines, json_lines
from nlp_service.contracts import Cluster, Document, QuestionItem
from nlp_service.errors import DataError
from nlp_service.review.cells import unguard

CLUSTERS: Final = "clusters.json"
COLUMNS: Final = ("text", "id", "at")
_ROWS_AT_ONCE: Final = 1_000
_DELIMITERS: Final = ",;\t"  # spreadsheets write the one that their country uses
# As spreadsheets write it in many countries: 2026/3/1 9:05
_TIME: Final = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")

Numbered = tuple[int, QuestionItem | Document]
"""The number of the line, and what it holds."""


class Earlier(NamedTuple):
    """What an earlier run left: its clusters, and its sample of the questions, empty if its version drew none."""

    clusters: list[Cluster]
    sample: list[str]


class _Written(BaseModel):
    """The part of clusters.json that is read."""

    clusters: list[PreviousCluster]
    sample: Annotated[list[QuestionText], Field(max_length=MAX_PREVIOUS_SAMPLE)] = []


class _Question(ClusterQuestion):
    """A question; whatever else its line says is left alone, because exports say a lot."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, strict=False)


def _form(value: Any) -> str:
    return "@turns" if isinstance(value, dict) and value.get("turns") is not None else "@text"


_ADAPTER: Final[TypeAdapter[_Question | TranscriptDocument]] = TypeAdapter(
    Annotated[Annotated[_Question, Tag("@text")] | Annotated[TranscriptDocument, Tag("@turns")], Discriminator(_form)]
)


def read(path: Path, *, only: Collection[int] | None = None, verb: str = "reading") -> Lines[Numbered]:
    """The questions and transcripts of a file; a line with `turns` is a transcript, any other a question as it stands.

    Args:
        only: numbers of the lines that are wanted.

    Raises:
        DataError: if the file can't be read, is a table without a column `text`, or is Parquet and pyarrow isn't
            installed.
    """
    readers = {".csv": _csv_rows, ".tsv": _csv_rows, ".parquet": _parquet_rows}
    lines = readers.get(path.suffix.lower(), json_lines)(path)
    return Lines(path, _parse, (line for line in lines if only is None or line[0] in only), verb)


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
    return Earlier([cluster.record() for cluster in written.clusters], written.sample)


def _parse(number: int, line: bytes) -> Numbered:
    row = _ADAPTER.validate_json(line.decode("utf-8"))
    if isinstance(row, TranscriptDocument):
        return number, row.record()
    return number, QuestionItem(str(number) if row.id is None else row.id, row.text, row.at)


def _csv_rows(path: Path) -> Iterator[Line]:
    """The rows of a table as lines of JSON; a row's number is that of the line it ends in."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(_DELIMITERS, key=names.count))
            header = next(reader, [])
            if header and "text" not in header:
                raise _without_texts(path)
            for cells in reader:
                row = {name: unguard(cell) for name, cell in zip(header, cells, strict=False) if name in COLUMNS}
                if any(row.values()):
                    yield reader.line_num, _json(row)
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: isn't UTF-8 (byte {error.start}); in Excel, save as 'CSV UTF-8'") from None
    except csv.Error:
        raise DataError(f"{path}: line {reader.line_num}: not valid CSV") from None


def _parquet_rows(path: Path) -> Iterator[Line]:
    """The rows of a Parquet file as lines of JSON, numbered from 1; some at a time, and only the columns needed."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise DataError(f"{path}: reading Parquet needs pyarrow: pip install 'nlp-service[parquet]'") from None
    try:
        with path.open("rb") as raw, parquet.ParquetFile(raw) as file:
            names = [name for name in COLUMNS if name in file.schema_arrow.names]
            if "text" not in names:
                raise _without_texts(path)
            batches = file.iter_batches(_ROWS_AT_ONCE, columns=names)
            for number, cells in enumerate(chain.from_iterable(batch.to_pylist() for batch in batches), start=1):
                row = {name: "" if cell is None else str(cell) for name, cell in cells.items()}
                if any(row.values()):
                    yield number, _json(row)
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or 'damaged'}") from None
    except (ArrowException, ValueError):  # the latter of a time in nanoseconds
        raise DataError(f"{path}: isn't Parquet that can be read") from None


def _without_texts(path: Path) -> DataError:
    return DataError(f"{path}: has no column 'text'")


def _json(row: dict[str, str]) -> bytes:
    return json.dumps(_tidy(row), ensure_ascii=False).encode()


def _tidy(row: dict[str, str]) -> dict[str, str]:
    """Empty cells left out, and the time in ISO 8601."""
    filled = {name: cell for name, cell in row.items() if cell or name == "text"}
    written = _TIME.fullmatch(row.get("at", "").strip())
    if written:
        year, month, day, hour, minute, second = written.groups()
        time = f"T{int(hour):02d}:{minute}:{second or '00'}" if hour else ""
        filled["at"] = f"{year}-{int(month):02d}-{int(day):02d}{time}"
    return filled
