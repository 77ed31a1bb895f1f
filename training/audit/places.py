"""Where audited texts stand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: the file's name and its row there (see `evaluation.labelled.numbered_rows`)."""

    file: str
    row: int

    def __str__(self) -> str:
        return f"{self.file} row {self.row}"
