"""Files that are either whole or not there, and locks that end with their process. Knows nothing of jobs.

All of it is for the owner's eyes only (0700, 0600). Functions raise OSError as they come.
"""

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

NEW = ".new"
"""Ending of a file that isn't whole yet."""


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put a file in its place in one step, or leave nothing of it; one writer at a time.

    Args:
        durable: make sure that it outlasts a power cut; it outlasts the process in any case.
    """
    unfinished = path.with_name(path.name + NEW)
    try:
        with lasting_names(path.parent) if durable else nullcontext():
            _write(unfinished, content, durable=durable)
            unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise


@contextmanager
def lasting_names(folder: Path) -> Iterator[None]:
    """Make the names that the block gives in a folder outlast a power cut.

    A lack of file descriptors is told before the block, not when the names have changed already.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_files(folder: Path, *names: str) -> None:
    """Remove files of a folder, unfinished ones of these names too; those that aren't there are no matter."""
    for name in names:
        for path in (folder / name, folder / (name + NEW)):
            with suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()


def remove_folder(folder: Path, into: Path) -> None:
    """Remove a folder with all that is in it; it is gone from its name in one step, by way of the name `into`."""
    with suppress(FileNotFoundError):
        folder.rename(into)
    shutil.rmtree(into, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock of this name and hold it: for moments only."""
    descriptor = _open_lock(path)
    try:
        _lock(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """The lock of this name, to be given back by `os.close`, or None if another holds it.

    It belongs to an open file, not to a process: two holders in one process exclude each other too. The system gives it
    back when the process ends, however that comes about.
    """
    descriptor = _open_lock(path)
    try:
        _lock(descriptor, wait=False)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return None
        raise
    return descriptor


def _write(path: Path, content: bytes, *, durable: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _lock(descriptor: int, *, wait: bool) -> None:
    if sys.platform == "win32":
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
