"""The packages that only training, pictures and rivals need: the extra `train`."""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Final

from nlp_service.errors import ConfigurationError

INSTALL: Final = "pip install -e '.[train]' -c constraints.txt"


def check(packages: Iterable[str]) -> None:
    """Refuse to begin what can't be ended.

    Raises:
        ConfigurationError: if one of these packages isn't installed.
    """
    for package in packages:
        if find_spec(package) is None:
            raise missing(package)


def missing(package: str | None) -> ConfigurationError:
    """What is said where a package isn't installed."""
    return ConfigurationError(f"{package} isn't installed: {INSTALL}")
