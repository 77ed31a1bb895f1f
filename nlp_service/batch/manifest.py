"""What the parts of a folder belong to: they may be joined only if it is the same for all of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nlp_service.errors import DataError


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which file is read. `size` is in bytes."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "FileIdentity":
        """The identity of a file as it is now.

        Raises:
            DataError: if it can't be read, or is no file that can be read twice.
        """
        try:
            if path.exists() and not path.is_file():
                raise DataError(f"{path}: isn't a file: it has to be read more than once")
            with path.open("rb") as file:
                return cls(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
        except OSError as error:
            raise DataError(f"{path}: can't be read: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a row depends on, besides its document.

    Attributes:
        part_size: lines of a part.
        answering: what answers: digests and settings, by name.
    """

    file: FileIdentity
    part_size: int
    answering: Mapping[str, str]

    def differences(self, other: "Manifest") -> list[str]:
        """What isn't the same, in words."""
        names = sorted({*self.answering, *other.answering})
        changed = [name for name in names if self.answering.get(name) != other.answering.get(name)]
        return [
            *(["IN"] if self.file != other.file else []),
            *(["--part-size"] if self.part_size != other.part_size else []),
            *changed,
        ]
