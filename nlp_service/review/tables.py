"""The table that people fill: CSV for spreadsheets, or JSON Lines."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nlp_service.errors import ConfigurationError, DataError
from nlp_service.review.cells import guard, unguard
from nlp_service.review.files import replacing
from nlp_service.review.shortlist import Candidate
from nlp_service.review.spreadsheet import Spreadsheet

ALTERNATIVES: Final = 3
LABEL: Final = "label"
COLUMNS: Final = (
    *("id", "line", "count", "text", "status", "code", "name", "probability"),
    *(f"alternative_{number}" for number in range(1, ALTERNATIVES + 1)),
    *(LABEL, "comment"),
)
SEPARATOR: Final = " | "
"""Between code, name and probability of an alternative; such a cell may be pasted as the label."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A row that came back.

    Attributes:
        where: the row, in words.
        label: as people wrote it, "" if they didn't.
        proposal: the model's code, "" for out of scope; None if the file doesn't say.
    """

    where: str
    text: str
    label: str
    id: str | None
    proposal: str | None


def check_ending(path: Path) -> None:
    """Refuse a file that is neither .csv nor .jsonl.

    Raises:
        ConfigurationError: if it isn't.
    """
    if path.suffix not in (".csv", ".jsonl"):
        raise ConfigurationError(f"{path}: a review table is written as .csv or .jsonl")


def write(path: Path, chosen: Iterable[tuple[Candidate, int]]) -> None:
    """Write texts to be labelled, each with how often it came.

    Raises:
        DataError: if the file can't be written.
    """
    write_table(path, COLUMNS, [_row(candidate, count) for candidate, count in chosen])


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as CSV that spreadsheets read as it is meant, or as JSON Lines; whole or not at all.

    Raises:
        DataError: if the file can't be written.
    """
    if path.suffix == ".csv":
        with replacing(path, encoding="utf-8-sig") as file:  # Excel knows UTF-8 by the mark
            csv.writer(file).writerows([columns, *([guard(cell) for cell in row] for row in rows)])
    else:
        with replacing(path) as file:
            file.writelines(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)


def read(path: Path, column: str = LABEL) -> Iterator[Reviewed]:
    """The rows of a table that people filled; further columns are ignored.

    Args:
        column: the one that holds what people decided.

    Raises:
        DataError: naming file and row, never the text; if there are no rows at all, too.
    """
    is_empty = True
    try:
        for where, row in _csv_rows(path) if path.suffix == ".csv" else _json_rows(path):
            for name in ("text", column):
                if name not in row:
                    raise DataError(f"{where}: has no '{name}'")
            is_empty = False
            text, label = row["text"], row[column] or ""
            if not isinstance(text, str) or not isinstance(label, str):
                raise DataError(f"{where}: 'text' and '{column}' must be strings")
            proposal = row.get("code") or "" if row.get("status") else None
            yield Reviewed(where, text, label.strip(), str(row["id"]) if row.get("id") else None, proposal)
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: isn't UTF-8 (byte {error.start}); in Excel, save as 'CSV UTF-8'") from None
    if is_empty:
        raise DataError(f"{path}: holds no rows")


def _row(candidate: Candidate, count: int) -> Sequence[Any]:
    item, reason = candidate.item, candidate.reason
    chosen = reason.path[-1] if reason.path else None
    others = [SEPARATOR.join((n.code, n.name, f"{n.probability:.2f}")) for n in reason.alternatives[:ALTERNATIVES]]
    answer = (chosen.code, chosen.name, round(chosen.probability, 4)) if chosen else ("", "", "")
    padding = [""] * (ALTERNATIVES - len(others))
    return (item.id or "", item.line, count, item.text, reason.status, *answer, *others, *padding, "", "")


def _csv_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Rows count as a spreadsheet counts them: the first is that of the names."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        sheet = Spreadsheet(path, file)
        for number, cells in enumerate(sheet, start=2):
            if shifted := sheet.shifted(cells):
                raise DataError(f"{path}: row {number}: {shifted}")
            if any(cells):
                padded = [unguard(cell) for cell in cells] + [""] * (len(sheet.header) - len(cells))
                yield f"{path}: row {number}", dict(zip(sheet.header, padded, strict=False))


def _json_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:  # JSON strings may hold other ends of lines
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    raise DataError(f"{path}: line {number}: not valid JSON") from None
                if not isinstance(row, dict):
                    raise DataError(f"{path}: line {number}: not a JSON object")
                yield f"{path}: line {number}", row
