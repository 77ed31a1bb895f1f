"""Files written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from nlp_service.errors import DataError


@contextmanager
def replacing(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """A file to write that takes the place of `path` at the end; if anything fails, `path` stays as it was.

    Half a surrogate pair, which JSON may hold and UTF-8 can't, becomes a question mark.

    Raises:
        DataError: if it can't be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding=encoding, errors="replace", newline="") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        raise DataError(f"{path}: can't be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)
