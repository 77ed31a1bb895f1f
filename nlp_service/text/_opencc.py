"""OpenCC's converters, each loaded when first used (about 60 ms) and then kept."""

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

_loading = Lock()


def convert(text: str, configuration: str) -> str:
    """Return the text converted with one of OpenCC's configurations, such as "t2s".

    Raises:
        UnicodeEncodeError: the text has a lone surrogate.
    """
    with _loading:
        converter = _load(configuration)
    converted: str = converter.convert(text)
    return converted


@cache
def _load(configuration: str) -> "OpenCC":
    from opencc import OpenCC

    return OpenCC(configuration)
