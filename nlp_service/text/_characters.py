"""Character classes that several modules of this package share: the inside of a regular expression's [...]."""

import re
from typing import Final

HAN: Final = "々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
EMOJI: Final = "\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
EMOJI_PARTS: Final = "\u200d\u20e3\ufe0e\ufe0f\U000e0020-\U000e007f"

# Format (Cf) and control (Cc) characters that are not whitespace, variation selectors, and Unicode's other
# default-ignorable characters (DerivedCoreProperties.txt): nothing of them is seen on a screen.
INVISIBLE: Final = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

# A placeholder that masking left, such as [订单x] or #E-s[数字x], or a chat client's sticker, such as [微笑].
MASK: Final = r"(?:\#[A-Za-z0-9-]{1,8}+)?+\[[^\[\]\s]{1,20}\]"
_PUNCTUATION_INSIDE_URL: Final = r"[!?.,;:'’*~@]++(?=[A-Za-z0-9/_%&=\#+$-])"
_URL_REST: Final = rf"(?:[A-Za-z0-9/_%&=\#+$-]++|{_PUNCTUATION_INSIDE_URL})*+"
# Every alternative that can fail scans no further than the last one, WORD, then consumes: this keeps the whole linear.
_LETTERS: Final = r"[^\W\u2e80-\U0003ffff]"
WORD: Final = rf"{_LETTERS}++(?:(?:[.\-+@'’:/&=%]|\*++|(?<=\d),(?=\d)){_LETTERS}++)*+"
URL: Final = (
    rf"(?i:https?|ftp)://{_URL_REST}"
    rf"|{_LETTERS}++(?:[-@]{_LETTERS}++)*+(?:\.{_LETTERS}++(?:-{_LETTERS}++)*+)++(?::\d++)?+"
    rf"(?:[/\#]|\?(?=\w++=)){_URL_REST}"
)
ENTITY: Final = r"&(?:[A-Za-z]{2,8}|\#\d{1,6});"
ATOM: Final = re.compile(rf"{MASK}|{URL}|{ENTITY}|{WORD}")
"""Matches what is never split inside: placeholders, URLs, HTML entities, words, numbers, versions, file names."""
