"""A text as it is looked through: the forms of characters made uniform, one for one, nothing invisible between them."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

from nlp_service.text._characters import INVISIBLE

# With the mark that makes a digit a keycap: 1️⃣ is read as 1.
_INVISIBLE: Final = re.compile(f"[{INVISIBLE}\u20e3]")
_OTHER_DIGIT: Final = re.compile(r"(?![0-9])\d")
_DASHES: Final = "‐‑‒–—―−﹘﹣－"
_SPACES: Final = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
_UNIFORM: Final[dict[int, int | str]] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **{ord(dash): "-" for dash in _DASHES},
    **{ord(space): " " for space in _SPACES},
    ord("￥"): "¥",
}


class Reading(NamedTuple):
    """What is looked through.

    Attributes:
        text: uniform: half-width, plain dashes and spaces.
        positions: where each of its characters is in the text as sent.
        length: of the text as sent.
    """

    text: str
    positions: Sequence[int]
    length: int

    @classmethod
    def of(cls, sent: str) -> "Reading":
        """Any string as it is looked through."""
        if not _INVISIBLE.search(sent):
            return cls(_uniform(sent), range(len(sent)), len(sent))
        kept = [position for position, character in enumerate(sent) if not _INVISIBLE.match(character)]
        return cls(_uniform("".join(map(sent.__getitem__, kept))), kept, len(sent))

    def as_sent(self, start: int, end: int) -> tuple[int, int]:
        """A span of the reading, in the text as sent, with what is invisible at its end; not empty."""
        return self.positions[start], self.positions[end] if end < len(self.positions) else self.length


def _uniform(text: str) -> str:
    text = text.replace("\r", "\n")  # one for one: positions stay
    return text if text.isascii() else _other_digits(text.translate(_UNIFORM))


def _other_digits(text: str) -> str:
    """Digits of other scripts and mathematical ones (𝟏𝟑𝟖) as ASCII ones."""
    return _OTHER_DIGIT.sub(lambda digit: str(unicodedata.digit(digit.group(), 0)), text)
