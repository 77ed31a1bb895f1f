"""Numbers of orders, parcels and cases: those that are called so, and those that have the shape of one."""

import re
from collections.abc import Iterator
from typing import Final

from nlp_service.text.redaction._candidates import WORD_ENDS, WORD_STARTS, Candidate, Stretch, digits, matches

_VALUE: Final = r"(?P<number>[A-Za-z]{0,8}(?:[-_/]?[A-Za-z0-9]){3,40})"
_JOINT: Final = "(?i:[ :#.=]{0,4}(?:是|为|為|係|is|was)?[ :#]{0,3})"
_YEAR: Final = "(?:19|20)[0-9]{2}"
_MONTH: Final = "(?:0[1-9]|1[0-2])"
_MONTH_NAME: Final = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
# An order may be called by its day or month: 订单2026-03-05, 订单3-5月.
_NO_DATE: Final = (
    rf"(?!{_JOINT}(?:{_YEAR}[-/.](?:{_MONTH}|[1-9])(?![0-9])(?!-(?!{_YEAR}[-/.])[0-9]{{3}})"
    rf"|(?:{_MONTH}|[1-9])(?:[-/.]{_YEAR}(?![0-9])| ?[-~至到] ?(?:{_MONTH}|[1-9])月)"
    rf"|{_MONTH_NAME}[-. ]?{_YEAR}(?![0-9])|{_YEAR}{_MONTH} ?[-~至到] ?{_YEAR}{_MONTH}(?![0-9])))"
)
_CHINESE_LABEL: Final = (
    rf"(?:[单單][号號][码碼]?|[订訂][单單](?:[编編]?[号號][码碼]?|[编編][码碼]|{_NO_DATE})"
    r"|(?<![商品产產货貨型工员員])[编編][号號]"
    r"|(?:快[递遞]|物流|包裹|[追跟][踪蹤])[号號][码碼]?|流水[号號]|保[单單][号號]|(?i:order|tracking) ?[号號])"
)
_ENGLISH_LABEL: Final = (
    r"(?<![A-Za-z])(?i:(?:order|parcel|package|tracking|shipment|waybill|invoice|ticket|case|reference|booking"
    r"|confirmation|transaction|policy|claim|insurance|member(?:ship)?)"
    r"(?: (?:number|no\.?|num|code|id|ref|reference)| ?#)"
    rf"|(?:order|tracking|booking|ref){_NO_DATE}"
    r"(?=[ :#][ :#]{0,2}[A-Za-z-]{0,5}[0-9]{5}))"
)
_NAMED: Final = re.compile(rf"(?:{_CHINESE_LABEL}|{_ENGLISH_LABEL}){_JOINT}{_VALUE}(?![A-Za-z0-9*])")
_HASH: Final = re.compile(
    rf"{WORD_STARTS}#(?P<number>[A-Z]{{0,4}}[0-9]{{5,30}}(?:-[0-9]{{1,20}}){{0,4}})(?![A-Za-z0-9#])"
)
_FEWEST_DIGITS: Final = 4
# A year, or some of them: FY2025-2026.
_YEARS: Final = re.compile(rf"(?:[A-Za-z]{{1,5}}-?(?={_YEAR}-))?{_YEAR}(?:-{_YEAR}){{0,3}}")
# A carrier's or shop's letters and eight digits or more; letters and digits mixed, as in 1Z999AA10123456784; twelve
# digits or more, in groups or not, that neither are after a decimal point nor make a round number.
_SHAPED: Final = re.compile(
    rf"(?<![A-Za-z0-9@._-])(?:(?:[A-Z]{{1,5}}-?"
    rf"|(?i:[A-Z]{{2,5}}-?)(?=[0-9-]{{10}}))(?:[0-9]{{8,30}}(?:-[0-9]{{1,20}}){{0,3}}"
    rf"|(?:[0-9]{{4,20}}-){{1,3}}[0-9]{{3,20}})(?:[A-Z]{{2}})?"
    r"|(?=[0-9]{0,40}[A-Z]{1,40}[0-9])(?=(?:[A-Z]{0,40}[0-9]){8})[A-Z0-9]{12,40})"
    rf"{WORD_ENDS}"
)
_DIGITS: Final = re.compile(
    r"(?<![A-Za-z0-9¥$€£+])(?<![0-9][.,-])(?:[0-9]{12,}+"
    r"|[0-9]{3,20}(?:-[0-9]{3,20}){1,4})(?![A-Za-z0-9])(?![.,][0-9])"
)
_ROUND: Final = re.compile(r"[0-9]{1,6}0{6,}|(?P<one>[0-9])(?P=one)*")
_FEWEST_BARE: Final = 12


def orders(stretch: Stretch) -> Iterator[Candidate]:
    """Numbers of orders and the like."""
    yield from matches(_NAMED, stretch, "order_number", named=True, group="number", fits=_is_number)
    yield from matches(_HASH, stretch, "order_number", named=True, group="number")
    yield from matches(_SHAPED, stretch, "order_number", fits=_is_number)
    yield from matches(_DIGITS, stretch, "order_number", fits=_is_long)


def _is_number(written: str) -> bool:
    return len(digits(written)) >= _FEWEST_DIGITS and not _YEARS.fullmatch(written)


def _is_long(written: str) -> bool:
    return len(digits(written)) >= _FEWEST_BARE and _is_number(written) and not _ROUND.fullmatch(written)
