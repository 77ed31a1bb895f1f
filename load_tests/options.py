"""What a command line gives, numbers and files: what can't be used is refused in words, with its option."""

import argparse
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from load_tests.server import LoadTestError


@contextmanager
def naming(option: str, path: Path) -> Iterator[None]:
    """Name the option that gave a file or folder in what goes wrong with it.

    Raises:
        LoadTestError: for an OSError, and for a ValueError, whose message begins with the path.
    """
    try:
        yield
    except OSError as error:
        raise LoadTestError(f"{option} {path}: {(error.strerror or type(error).__name__).lower()}") from None
    except ValueError as error:
        raise LoadTestError(f"{option} {error}") from None


def positive(text: str) -> float:
    """A number above 0."""
    value = _number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be from 0 to 1")
    return value


def count(text: str) -> int:
    """A whole number from 1 on."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a whole number") from None
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError("must be a number")
    return value
