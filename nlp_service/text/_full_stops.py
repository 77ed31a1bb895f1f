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
# "1.打开设置 2.点击" and "A.红色": a longer number before a Chinese character ends a sentence, as in "单号10086.帮我查".
_MARKER: Final = re.compile(r"(?:^|[^A-Za-z0-9])(?:[A-Za-z]|\d{1,2})$")
_NUMBER: Final = re.compile(r"\s+[\d#]")
_MARKER_AT_START: Final = re.compile(rf"(?:^|[{HAN}，,：:；;、])\s*[(（]?\d{{1,2}}$")
# Chats in English write "i" for "I"; any other small letter carries the sentence on.
_NEW_SENTENCE: Final = re.compile(r"\s+(?:[^a-z\s]|i(?:['’]?m|['’]?ve|['’](?:d|ll))?\b)")


def full_stop_ends(text: str, begin: int, stop: int, end: int) -> bool:
    """Tell whether the "." at offset `stop` ends the sentence that began at offset `begin`, in a line until `end`."""
    after = _after_closers(text, stop + 1, end)
    if stop == begin or after == end:
        return True
    if _AFTER_CHINESE.match(text, stop - 1):
        return not (_EXTENSION.match(text, stop + 1, end) or _ORDINAL_IN_HAN.fullmatch(text, begin, stop))
    head = text[max(begin, stop - _LONGEST_ABBREVIATION) : stop]
    if _NAME_FOLLOWS.search(head):
        return False
    if _HAN.match(text, after):
        return _MARKER.search(head) is None
    if not _NEW_SENTENCE.match(text, after, end):
        return False
    if _NUMBER_FOLLOWS.search(head) and _NUMBER.match(text, after, end):
        return False
    return _MARKER_AT_START.search(head) is None


def _after_closers(text: str, start: int, end: int) -> int:
    closers = _CLOSERS.match(text, start, end)
    return start if closers is None else closers.end()
