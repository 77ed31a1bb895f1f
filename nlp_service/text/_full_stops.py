"""Whether a single "." ends a sentence: it also stands in numbers, names, abbreviations and list markers."""

import re
from typing import Final

from nlp_service.text._characters import HAN

_HAN: Final = re.compile(f"[{HAN}]")
_AFTER_CHINESE: Final = re.compile(rf"[{HAN}\]”’」』》）】]")
_CLOSERS: Final = re.compile(r"[\"'”’」』)\]）】]*+")
_ORDINAL_IN_HAN: Final = re.compile(r"\s*+[（(]?[一二三四五六七八九十]{1,3}")
# 发票.pdf: a file name whose stem is Chinese; with a Latin stem the name is one word, and never asked about here.
_EXTENSION: Final = re.compile(
    r"(?:apk|avi|bmp|cn|com|csv|docx?|exe|gif|heic|html?|jpe?g|json|mov|mp[34]|net|ofd|org|pdf|png|pptx?|rar|txt|wav"
    r"|webp|xlsx?|xml|zip)(?![a-z0-9])",
    re.IGNORECASE,
)
_BEFORE_A_NUMBER: Final = r"no|nos|nr|art|fig|vol|ch|pp?|ext|tel|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_BEFORE_A_NAME: Final = (
    r"mr|mrs|ms|mx|dr|prof|st|mt|rev|hon|sr|jr|gen|col|capt|lt|sgt|messrs|inc|ltd|co|corp|dept|est|approx|vs|cf|viz|al"
)
# Anchored at the end, to be searched in the few characters before the full stop. I ends sentences, other initials
# do not; a.m. and p.m. do, other dotted abbreviations do not.
_LONGEST_ABBREVIATION: Final = 12
_NAME_FOLLOWS: Final = re.compile(
    rf"(?:^|[^A-Za-z0-9'’])(?:(?i:{_BEFORE_A_NAME})|[A-HJ-Z]|(?![AaPp]\.[Mm]$)(?:[A-Za-z]\.)++[A-Za-z])$"
)
_NUMBER_FOLLOWS: Final = re.compile(rf"(?:^|[^A-Za-z0-9'’])(?i:{_BEFORE_A_NUMBER})$")
# "1.打开设置 2.点击", "A.红色"; a longer number before a Chinese character ends a sentence: "单号10086.帮我查".
_MARKER: Final = re.compile(r"(?:^|[^A-Za-z0-9=/.&%#@_-])(?:[A-Za-z]|\d{1,2})$")
_NUMBER: Final = re.compile(r"\s+[\d#]")
_MARKER_AT_START: Final = re.compile(rf"(?:^|[{HAN}，,：:；;、])\s*[(（]?\d{{1,2}}$")
# Chats in English write "i" for "I"; any other small letter carries the sentence on.
_NEW_SENTENCE: Final = re.compile(r"\s+(?:[^a-z\s]|i(?:['’]?m|['’]?ve|['’](?:d|ll))?\b)")


def full_stop_ends(text: str, begin: int, start: int, stop: int, end: int) -> bool:
    """Tell whether the "." at `[start, stop)` ends the sentence that began at `begin`, in a line that ends at `end`."""
    after = _after_closers(text, stop, end)
    if start == begin or after == end:
        return True
    if _AFTER_CHINESE.match(text, start - 1):
        return not (_EXTENSION.match(text, stop, end) or _ORDINAL_IN_HAN.fullmatch(text, begin, start))
    chinese_follows = _HAN.match(text, after) is not None
    if not (chinese_follows or _NEW_SENTENCE.match(text, after, end)):
        return False
    head = text[max(begin, start - _LONGEST_ABBREVIATION) : start]
    if _NAME_FOLLOWS.search(head) or (_NUMBER.match(text, after, end) and _NUMBER_FOLLOWS.search(head)):
        return False
    return (_MARKER if chinese_follows else _MARKER_AT_START).search(head) is None


def _after_closers(text: str, start: int, end: int) -> int:
    closers = _CLOSERS.match(text, start, end)
    return start if closers is None else closers.end()
