"""Read the rows of a configuration's sources."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.heldout import is_held_out
from nlp_service.errors import DataError
from training.trunk.config import Source

_OURS = ("training/", "runs/")
_KEYS = ("text", "a", "intent", "id")
"""By which of its columns a row is kept or held out: the first of these that it has."""


def read_rows(
    source: Source, data: Path, seed: int, *, needs: Sequence[str] = (), held_out: bool = False
) -> list[dict[str, Any]]:
    """The rows to train on, or those held out; at most `source.limit`.

    Raises:
        DataError: naming the file and the line, never the text; also if a row lacks a column that it needs.
    """
    path = Path(source.path) if source.path.startswith(_OURS) else data / source.path
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None
    rows = [_row(line, f"{path}: line {number}", needs) for number, line in enumerate(lines, start=1) if line.strip()]
    rows = [row for row in rows if is_held_out(_key(row), source.held_out) == held_out]
    if source.limit is not None and len(rows) > source.limit:
        chosen = np.random.default_rng(seed).permutation(len(rows))[: source.limit]
        rows = [rows[number] for number in sorted(chosen)]
    return rows


def _row(line: str, where: str, needs: Sequence[str]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise DataError(f"{where}: not valid JSON") from None
    if not isinstance(row, dict) or not any(isinstance(row.get(key), str) for key in _KEYS):
        raise DataError(f"{where}: needs a string in one of the columns {', '.join(_KEYS)}")
    missing = [column for column in needs if row.get(column) is None]
    if missing:
        raise DataError(f"{where}: has no '{missing[0]}', which this task reads")
    return row


def _key(row: dict[str, Any]) -> str:
    return next(str(row[key]) for key in _KEYS if isinstance(row.get(key), str))
