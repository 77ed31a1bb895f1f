"""Times as spreadsheets write them, year first: where the day comes first or the month, nothing tells."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

READ: Final = (
    "write a time as 2026-03-01, 2026-03-01T09:05:00+08:00, 2026/3/1 9:05, 2026/3/1 下午 3:20 or 2026年3月1日 9:05"
)
_DAY_LONG: Final = {hour: hour for hour in range(24)}
_MORNING: Final = {hour: hour % 12 for hour in range(13)}
_NOON: Final = {11: 11, 12: 12, 1: 13, 2: 14, 13: 13, 14: 14}
_AFTERNOON: Final = {hour: hour % 12 + 12 if hour < 13 else hour for hour in range(24)}
# Of 晚上12點 nothing tells whether the day before it is meant or the one after.
_EVENING: Final = {hour: hour % 12 + 12 for hour in (*range(5, 12), *range(17, 24))}
_HOURS: Final[Mapping[str, Mapping[int, int]]] = MappingProxyType(
    {
        "": _DAY_LONG,
        **dict.fromkeys(("凌晨", "清晨", "早上", "上午", "AM"), _MORNING),
        "中午": _NOON,
        **dict.fromkeys(("下午", "傍晚", "PM"), _AFTERNOON),
        **dict.fromkeys(("晚上", "晚间", "晚間"), _EVENING),
    }
)
"""By the part of the day that is written: of each hour beside it, the hour of the day. Others contradict it."""
_PART: Final = rf"({'|'.join(part for part in _HOURS if part.isalpha() and not part.isascii())}|[ap]\.?m\.?)"
_TIME: Final = re.compile(
    r"(\d{4})(?:[/.-](\d{1,2})[/.-](\d{1,2})(?!\d)|\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號])"
    rf"(?:[\sT]*{_PART}?\s*(\d{{1,2}})(?:[:时時点點](\d{{1,2}})(?:分|[:分](\d{{1,2}})(?:\.\d+)?秒?)?|[时時点點])?\s*{_PART}?)?",
    re.IGNORECASE,
)


def iso(written: str) -> str | None:
    """A time in ISO 8601; None if it can't be read, or isn't one.

    Times of day have 24 hours or 12, the part of the day before or after them: 下午 3:20, 3:20 PM.
    """
    for time in (written.strip(), _rewritten(unicodedata.normalize("NFKC", written).strip())):
        try:
            datetime.fromisoformat(time)
        except ValueError:
            continue
        return time.replace(" ", "T", 1)
    return None


def _rewritten(written: str) -> str:
    """The parts of a time in the order of ISO 8601; "" if they can't be told."""
    found = _TIME.fullmatch(written)
    if found is None:
        return ""
    year, *days, before, hour, minute, second, after = found.groups("")
    month, day = filter(None, days)
    date = f"{year}-{month:>02}-{day:>02}"
    if not hour:
        return date
    part = (before + after).upper().replace(".", "")
    real = _HOURS.get(part, {}).get(int(hour))
    return "" if real is None else f"{date}T{real:02d}:{minute:>02}:{second:>02}"
