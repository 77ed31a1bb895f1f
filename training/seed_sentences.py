"""The labelled sentences written for this project: what kind each is, and how it feels."""

import json
from pathlib import Path

from evaluation.labelled import Labelled
from nlp_service.errors import DataError

SEEDS = Path("training/seeds/sentences.jsonl")


def read_seeds(path: Path, field: str) -> list[Labelled]:
    """The sentences of a seed file with one of their labels.

    Args:
        field: `kind` or `sentiment`.

    Raises:
        DataError: if the file can't be read or a row lacks the field.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        return [Labelled(row["text"], row[field]) for row in rows]
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{path}: every line needs 'text', 'kind' and 'sentiment'") from None
