"""The lines of a text file that a person handed in."""

from collections.abc import Iterator
from pathlib import Path

from nlp_service.errors import DataError


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file that aren't blank, with their numbers from 1.

    Raises:
        DataError: if the file can't be read or isn't UTF-8.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: isn't UTF-8 (byte {error.start})") from None
    # Not splitlines(): JSON strings may hold U+2028 and other characters that it would cut at.
    return ((number, line) for number, line in enumerate(content.split("\n"), start=1) if line.strip())
