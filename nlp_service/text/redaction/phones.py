"""Telephone numbers: those that have the shape of one, and shorter ones that are called so.

`phonenumbers` isn't used: it has to be asked once for each region, at 2 to 4 ms for 2,000 characters each time, takes
13812345678元 for a number and doesn't know what a text calls one.
"""

import re
from collections.abc import Iterator
from typing import Final

from nlp_service.text.redaction._candidates import Candidate, Stretch, matches

_S: Final = "(?: ?[-.·] ?| )?"
_ALONE: Final = r"(?<![A-Za-z0-9])(?<![0-9][.,])(?<![¥$€£])"
_END: Final = r"(?![0-9])(?!\.[0-9])"
_EXTENSION: Final = r"(?: ?(?:转|轉|分机|分機|(?i:ext\.?|extension)|#) ?[0-9]{1,6})?"
_MOBILE: Final = (
    rf"1[3-9][0-9]{_S}[0-9]{{4}}{_S}[0-9]{{4}}|1[3-9][0-9][ -][0-9]{{3}}[ -][0-9]{{5}}"
    r"|1[3-9][0-9]{2}[ -][0-9]{3}[ -][0-9]{4}|1[3-9][0-9]{2}[ -][0-9]{4}[ -][0-9]{3}|1[3-9][0-9]{3}[ -][0-9]{6}"
    r"|1(?P<apart>[ -])[3-9](?:(?P=apart)[0-9]){9}(?! ?[0-9])"
)
# Area codes in China begin with 010, 02 or 03 to 09, local numbers with 2 to 8; Taiwan's mobiles with 09, Britain's
# with 07. Numbers with another area code are written in groups.
_TRUNK: Final = (
    rf"\(?0(?:10|2[0-9])\)?{_S}[2-8][0-9]{{3}}{_S}[0-9]{{4}}"
    rf"|\(?0[3-9][0-9]{{2}}\)?{_S}[2-8][0-9]{{2,3}}{_S}[0-9]{{4}}"
    rf"|09[0-9]{{2}}{_S}[0-9]{{3}}{_S}[0-9]{{3}}|07[0-9]{{3}}{_S}[0-9]{{3}}{_S}[0-9]{{3}}"
    r"|(?:0[2-8]-|\(0[2-8]\) ?|0[2-8] )[0-9]{3,4}[ -][0-9]{4}|(?:\(0[2-8]\) ?|0[2-8]-)[2-9][0-9]{6,7}"
    r"|(?:\(0[1-9][0-9]{1,4}\) ?|0[1-9][0-9]{1,4}[ -])[0-9]{3,4}[ -]?[0-9]{3,4}"
)
_NORTH_AMERICA: Final = (
    r"(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-. ])[2-9][0-9]{2}[-. ][0-9]{4}"
    r"|1-?8(?:00|88|77|66)-?[0-9]{3}-?[0-9]{4}"
)
_HOTLINE: Final = r"[48]00[ -][0-9]{3}[ -]?[0-9]{4}|[48]00[ -][0-9]{4}[ -][0-9]{3}|[48]00[0-9][ -][0-9]{3}[ -][0-9]{3}"
# Hong Kong and Macau have no area codes; 5000 6000 are two numbers, and so are 5999 6999.
_EIGHT: Final = r"[5-79][0-9]{3} (?![0-9]{2}(?:00|99))[0-9]{4}(?! ?[0-9])"
# Behind a calling code without a plus; a count in brackets may come before a date or before two round numbers.
_DATE: Final = "20[0-9]{2}[ -]?(?:20[0-9]{2}|(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01]))"
_CODED: Final = (
    rf"(?:\(85[23]\) ?(?!{_DATE}|(?:[0-9]{{2}}(?:00|99)[ -]?){{2}})[2-9][0-9]{{3}}[ -]?[0-9]{{4}}"
    r"|85[23][ -][5-79][0-9]{3}[ -](?![0-9]{2}(?:00|99))[0-9]{4}"
    r"|\(886\) ?(?:0?9[0-9]{2}[ -]?[0-9]{3}[ -]?[0-9]{3}|\(?0?[2-8]\)?[ -][0-9]{3,4}[ -]?[0-9]{4}))(?! ?[0-9])"
)
_SHAPED: Final = re.compile(
    rf"{_ALONE}(?:{_CODED}|(?:\(?(?:\+|00)?86\)?{_S})?(?:{_MOBILE})|{_TRUNK}|{_NORTH_AMERICA}|{_HOTLINE}|{_EIGHT})"
    rf"{_END}{_EXTENSION}"
)
_CALLING_CODE: Final = (
    "(?:7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    "|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[0578]|9[679])[0-9])"
)
_INTERNATIONAL: Final = re.compile(
    r"(?<![A-Za-z0-9+])\(?(?:\+|00) ?(?:1\)?(?:[ .()-]{0,2}[0-9]){10}"
    rf"|85[23]\)?[ -]?[2-9][0-9]{{3}}[ -]?[0-9]{{4}}|{_CALLING_CODE}\)?(?:[ .()/-]{{0,3}}[0-9]){{7,11}})"
    rf"{_END}{_EXTENSION}"
)
_DIGIT: Final = "[零〇○一二三四五六七八九幺两]"
_SPELLED: Final = re.compile(rf"(?<!{_DIGIT})[一幺][ ,-]?[三四五六七八九](?:[ ,-]?{_DIGIT}){{9}}(?!{_DIGIT})")
_ALONE_ON_LINE: Final = re.compile(r"^ {0,3}(?P<number>[5-79][0-9]{3}[ -]?[0-9]{4}|0[2-9][0-9]{8})[ .。!]{0,3}$", re.M)
_LABEL: Final = (
    "(?:电话|電話|手机号?|手機號?|手提|行動電話|座机|座機|固话|固話|[热熱][线線]|[我你您]的?[号號][码碼]|致[电電]"
    "|[拨撥]打|打[给給]|[联聯][系繫络絡絡](?:方式)?|[传傳]真|微信号?|微信號?"
    r"|(?<![A-Za-z])(?i:whats ?app|tel(?:ephone)?|phone|mobile|cell(?:phone)?|call|text|ring|fax|line id|wechat|vx"
    r"|(?:my|his|her|contact|the) number)(?![A-Za-z]))"
)
_NAMED: Final = re.compile(
    rf"{_LABEL}[^0-9\n。,;!?+(¥$€£\ufffc]{{0,9}}(?<![¥$€£A-Za-z-])"
    r"(?P<number>[+(]{0,2}(?:[0-9]{7,12}|[0-9]{4} [0-9]{4}|[0-9]{4}-(?![0-9]{2}[09][09])[0-9]{4}|[0-9]{3}[ -][0-9]{4}"
    r"|[0-9]{3}[ .-][0-9]{3}[ .-][0-9]{4}|0[0-9]{1,3}\)?[ -]?[0-9]{3,4}[ -]?[0-9]{3,4}"
    r"|[0-9]{2}[ -][0-9]{4}[ -][0-9]{4}))"
    rf"(?![0-9A-Za-z*]|-[0-9]|[.,][0-9]){_EXTENSION}"
)


def spelled_phones(stretch: Stretch) -> Iterator[Candidate]:
    """Mainland mobile numbers in Chinese digits, as speech recognition writes them."""
    yield from matches(_SPELLED, stretch, "phone")


def phones(stretch: Stretch) -> Iterator[Candidate]:
    """Mainland, Hong Kong, Macau, Taiwan, North America, Britain, and any other with its calling code."""
    yield from matches(_SHAPED, stretch, "phone")
    yield from matches(_INTERNATIONAL, stretch, "phone")
    yield from matches(_ALONE_ON_LINE, stretch, "phone", group="number")
    yield from matches(_NAMED, stretch, "phone", named=True, group="number")
