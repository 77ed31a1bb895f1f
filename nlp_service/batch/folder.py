"""The folder beside OUT that holds what is done: a manifest, a lock, and a file for each finished part.

A part is there whole or not at all, so that a run may be killed at any moment. The manifest is the first file that is
written and the first that is removed: parts without one belong to nothing.
"""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from nlp_service.batch.manifest import FileIdentity, Manifest
from nlp_service.batch.parts import Part
from nlp_service.errors import DataError
from nlp_service.jobs.files import NEW, lasting_names, try_lock, write_whole

MANIFEST: Final = "manifest.json"
LOCK: Final = "lock"
_PART: Final = re.compile(r"\d{6,}\.json")


@dataclass(frozen=True, slots=True)
class _Noted:
    """What `manifest.json` holds; `lines` is how many there are to be done."""

    manifest: Manifest
    lines: int


_ADAPTER: Final = TypeAdapter(_Noted)


class WorkFolder:
    """The parts of one run, for the process that holds its lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._path

    def counted(self, file: FileIdentity) -> int | None:
        """How many lines this file has, if an earlier run has counted them."""
        with suppress(DataError):
            noted = self._noted()
            return noted.lines if noted and noted.manifest.file == file else None
        return None

    def begin(self, manifest: Manifest, lines: int, *, restart: bool) -> None:
        """Make the folder ready for parts of this manifest.

        Args:
            lines: how many there are in all.
            restart: whether parts of another manifest are thrown away, and not a reason to refuse.

        Raises:
            DataError: if it holds parts of another manifest, or can't be written.
        """
        noted = None if restart else self._noted()
        if noted is None:
            with self._told_as_data_errors():
                self._clear()
                write_whole(self._path / MANIFEST, _ADAPTER.dump_json(_Noted(manifest, lines)))
        elif changed := manifest.differences(noted.manifest):
            what = f"parts that were done before {', '.join(changed)} changed"
            raise DataError(f"{self._path}: holds {what}: --restart throws them away and begins again")

    def has(self, number: int) -> bool:
        """Whether the part of this number is done."""
        return self._part(number).exists()

    def write(self, number: int, part: Part) -> None:
        """Keep a part, also over a power cut.

        Raises:
            DataError: if it can't be written.
        """
        with self._told_as_data_errors("; what is done is kept: run the same command again"):
            write_whole(self._part(number), part.content())

    def read(self, number: int) -> Part:
        """A part that is done.

        Raises:
            DataError: if it can't be read.
        """
        path = self._part(number)
        try:
            return Part.of(path.read_bytes())
        except OSError as error:
            raise DataError(f"{path}: can't be read: {error.strerror}") from None
        except DataError:
            raise DataError(f"{path}: damaged: remove it and run the same command again") from None

    def remove(self) -> None:
        """Remove the folder; what somebody else has put there stays, and the folder with it.

        Raises:
            DataError: if it can't be removed.
        """
        with self._told_as_data_errors():
            self._clear()
            (self._path / LOCK).unlink()
            try:
                self._path.rmdir()
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise

    def _part(self, number: int) -> Path:
        return self._path / f"{number:06d}.json"

    def _noted(self) -> _Noted | None:
        path = self._path / MANIFEST
        try:
            return _ADAPTER.validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DataError(f"{path}: can't be read: {error.strerror}") from None
        except ValidationError:
            raise DataError(f"{path}: damaged: --restart throws the parts away and begins again") from None

    def _clear(self) -> None:
        """Remove the manifest, and only when it is gone for good the parts."""
        with lasting_names(self._path):
            for name in (MANIFEST, MANIFEST + NEW):
                (self._path / name).unlink(missing_ok=True)
        for path in list(self._path.iterdir()):
            if _PART.fullmatch(path.name.removesuffix(NEW)):
                path.unlink()

    @contextmanager
    def _told_as_data_errors(self, hint: str = "") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _unwritable(self._path, error, hint) from None


@contextmanager
def working(path: Path) -> Iterator[WorkFolder]:
    """The folder of this name, made if there is none; nobody else works in it meanwhile.

    One that holds nothing but the lock is removed at the end.

    Raises:
        DataError: if another process does, or it can't be made.
    """
    try:
        lock = _locked(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        yield WorkFolder(path)
    finally:
        with suppress(OSError):
            if _is_there(lock, path / LOCK) and [item.name for item in path.iterdir()] == [LOCK]:
                (path / LOCK).unlink()
                path.rmdir()
        os.close(lock)


def _locked(folder: Path) -> int:
    """The lock of the folder that is there now, not of one that another run has removed meanwhile."""
    while True:
        folder.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            lock = try_lock(folder / LOCK)
            if lock is None:
                raise DataError(f"{folder}: another run is at work there: wait for it, or name another OUT")
            if _is_there(lock, folder / LOCK):
                return lock
            os.close(lock)


def _is_there(descriptor: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _unwritable(path: Path, error: OSError, hint: str = "") -> DataError:
    return DataError(f"{path}: can't be written: {error.strerror}{hint}")
