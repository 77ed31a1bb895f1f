"""Files written whole or not at all."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from secrets import token_hex
from typing import TextIO

from nlp_service.errors import DataError

_NEW = 0o666
"""Permissions of a new file, of which the process's mask takes some."""
_RECOGNISABLE = 50
"""Characters of a name that its unfinished file begins with: more might be too long for a file system."""


@contextmanager
def replacing(path: Path, encoding: str = "utf-8", abandon: Callable[[Path], object] = Path.unlink) -> Iterator[TextIO]:
    """A file to write that takes the place of `path` at the end; if anything fails, `path` stays as it was.

    A pipe or a device is written as it is. Half a surrogate pair, which JSON may hold and UTF-8 can't, becomes a
    question mark.

    Args:
        abandon: what is done with the unfinished file if anything fails.

    Raises:
        DataError: if it can't be written.
    """
    try:
        is_special = path.exists() and not path.is_file()
        with (
            nullcontext(path) if is_special else _unfinished(path, abandon) as place,
            place.open("w", encoding=encoding, errors="replace", newline="") as file,
        ):
            yield file
    except OSError as error:
        raise DataError(f"{path}: can't be written: {error.strerror}") from None


@contextmanager
def _unfinished(path: Path, abandon: Callable[[Path], object]) -> Iterator[Path]:
    """A new file beside the one that `path` names or links to; at the end it takes that one's place and permissions."""
    target = Path(os.path.realpath(path))
    unfinished = target.with_name(f".{target.name[:_RECOGNISABLE]}.{token_hex(4)}.unfinished")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    # Never looser than it will be, not even for a moment, but to be written by its owner.
    unfinished.touch(_NEW if mode is None else mode | stat.S_IWUSR, exist_ok=False)
    try:
        yield unfinished
        if mode is not None:
            unfinished.chmod(mode)
        unfinished.replace(target)
    except BaseException:
        abandon(unfinished)
        raise


def refuse_same(read: Path, written: Path) -> None:
    """Refuse to write the file that is read, whatever names it goes by.

    Raises:
        DataError: if they are the same file.
    """
    with suppress(OSError):  # a file that isn't there is no other's; one that can't be used is refused when opened
        if written.is_file() and written.samefile(read):
            raise DataError(f"{written}: is the file that is read, {read}: name another file")
