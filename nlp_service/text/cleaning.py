"""The surface of a text made uniform: forms, invisible characters, whitespace, repetition."""

import re
import unicodedata
from typing import Final

from nlp_service.text._characters import INVISIBLE

_LONGEST_REPETITION: Final = 3
_INVISIBLE: Final = re.compile(f"[{INVISIBLE}]+")
_VISIBLE: Final = re.compile(rf"[^\s{INVISIBLE}]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# An alphanumeric run is taken whole, so that one with a digit in it (an order number, a price) can be left alone.
_CODE_OR_REPETITION: Final = re.compile(r"(?P<code>[A-Za-z\d]{4,}+)|(?P<repeated>[^A-Za-z\d])(?P=repeated){3,}+")
_DIGIT: Final = re.compile(r"\d")
_REPEATED_LETTER: Final = re.compile(r"(.)\1{3,}")


def clean(text: str) -> str:
    """Return the text in Unicode NFKC, without invisible characters, excess whitespace and excess repetition.

    A character repeated more than three times is written three times (哈哈哈哈哈 → 哈哈哈), except digits and the
    letters of a run with digits in it (1000000, AAAA0001). Letter case and script stay as they are.

    Args:
        text: any string. Surrogate pairs are joined and lone surrogates become U+FFFD.

    Returns:
        The cleaned text, perhaps ""; `clean(clean(text)) == clean(text)`. Offsets do not map to the text as sent.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
    spaced = " ".join(visible.split())
    return unicodedata.normalize("NFKC", _CODE_OR_REPETITION.sub(_shorten, spaced))


def is_visible(text: str) -> bool:
    """Tell whether there is anything to see in a text of any length, as `clean` would leave."""
    return _VISIBLE.search(text) is not None


def _shorten(match: re.Match[str]) -> str:
    if match["repeated"] is not None:
        return str(match["repeated"]) * _LONGEST_REPETITION
    code = match.group()
    return code if _DIGIT.search(code) else _REPEATED_LETTER.sub(r"\1\1\1", code)
