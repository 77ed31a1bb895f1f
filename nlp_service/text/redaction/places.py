"""Postal addresses that can't be anything else: a town and a numbered street, or a numbered street and a room."""

import re
from collections.abc import Iterator
from typing import Final

from nlp_service.text.masks import HAN
from nlp_service.text.redaction._candidates import Candidate, Stretch, matches, stretches

_PROVINCE: Final = (
    "(?:北京|天津|上海|重[庆慶]|河北|山西|[辽遼][宁寧]|吉林|黑[龙龍]江|江[苏蘇]|浙江|安徽|福建|江西|山[东東]|河南"
    "|湖北|湖南|[广廣][东東]|海南|四川|[贵貴]州|[云雲]南|[陕陝]西|甘[肃肅]|青海|[内內]蒙古|[广廣]西|西藏|[宁寧]夏|新疆|香港|澳[门門]"
    "|[台臺][湾灣]|[台臺]北|新北|桃[园園]|[台臺]中|[台臺]南|高雄|九[龙龍]|新界)"
    "(?:[省市]|特[别別]行政[区區]|(?:[壮壯]族|回族|[维維]吾[尔爾])?自治[区區])?"
)
# No part of a place's name, mostly: what people write before one.
_NO_NAME: Final = "[我你您他她到在住寄送是从從往了的和就们們请請个個这這那号號址给給为為]"
_IN_NAME: Final = f"(?!{_NO_NAME})[{HAN}]"
_TOWN: Final = (
    f"(?:(?:{_IN_NAME}){{2,5}}?(?:自治州|地[区區]|[市县縣盟]))?(?:(?:{_IN_NAME}){{1,5}}?[区區县縣市旗])?"
    f"(?:(?:{_IN_NAME}){{1,5}}?(?:[镇鎮乡鄉]|街道))?"
)
_STREET: Final = (
    rf"(?:{_IN_NAME}){{1,12}}?(?:[路街道巷弄里]|胡同)(?:[东東南西北中]?[一二三四五六七八九十0-9]{{1,2}}[段巷弄])?"
    r"(?:[东東南西北中][段里])?(?: ?[0-9]{1,4}[巷弄]){0,2}"
)
_NUMBER: Final = " ?[0-9]{1,5}(?:[-之][0-9]{1,4})?(?:弄[0-9]{1,4})?[号號]院?"
_ESTATE: Final = (
    f"(?:{_IN_NAME}){{2,10}}?(?:小[区區]|花[园園]|大[厦廈]|公寓|新村|家[园園]|苑|城|村|[广廣][场場]|中心|邨|園)"
)
_PART: Final = "(?:[栋棟幢座楼樓层層期室房户戶院阁閣弄]|号[楼院]|[单單]元|之[0-9]{1,3})"
_LEVEL: Final = (
    r"(?: ?,? ?(?:[A-Za-z]|[A-Za-z]?[0-9]{1,5}|[一二三四五六七八九十]{1,3})"
    rf"(?:-[0-9]{{1,5}})?{_PART}(?:之[0-9]{{1,3}})?)"
)
_ROOM: Final = rf"(?:{_LEVEL}{{1,6}}(?: ?[A-Za-z]?[0-9]{{2,5}}(?:[室号號]|(?![0-9A-Za-z年月日元块%])))?)"
_FLOOR: Final = "(?:[A-Za-z]?[0-9]{1,3}|[一二三四五六七八九十]{1,3})[楼樓层層]"
# Of a shopping centre or a hall, a floor and no more: nobody lives there.
_PUBLIC_FLOOR: Final = (
    rf"(?:(?<=[广廣][场場])|(?<=中心)|(?<=城))(?:[东東南西北中][区區])?(?:[一二三四0-9]期)? ?,? ?{_FLOOR}"
    rf"(?!{_LEVEL}| ?[A-Za-z]?[0-9]{{2,5}}(?![0-9年月日元块%]))"
)
_INSIDE: Final = rf"(?:(?: ?,? ?{_ESTATE})?{_ROOM})?"
_CHINESE: Final = re.compile(
    rf"{_PROVINCE} ?{_TOWN} ?(?:{_STREET}{_NUMBER}{_INSIDE}"
    rf"|(?:{_STREET})?{_ESTATE}(?!{_PUBLIC_FLOOR})(?:[东東南西北中][区區])?{_ROOM})"
    rf"|(?:{_IN_NAME}){{2,4}}?[市县縣](?:{_IN_NAME}){{1,4}}?[区區县縣镇鎮]{_STREET}{_NUMBER}{_INSIDE}"
    rf"|(?:{_IN_NAME}){{2,4}}?[市区區县縣]{_STREET}{_NUMBER}{_INSIDE}"
    rf"|(?:{_IN_NAME}){{1,6}}?[路街]{_NUMBER}(?: ?,? ?{_ESTATE})?{_ROOM}"
)
_NUMBERED: Final = re.compile("[0-9A-Za-z一二三四五六七八九十] ?[号號栋棟幢座楼樓層层室房户戶单單]")
"""Without it, nothing is a Chinese address."""
_LONGEST_BEFORE: Final = 60
_LONGEST_BEHIND: Final = 80
_NAMED: Final = re.compile(
    r"(?:地址|住址|[寄送]到|住在|寄往|地址[为為是])(?:改?[为為成是])?[ :]{0,2}"
    rf"(?P<place>{_TOWN}{_STREET}{_NUMBER}{_INSIDE}"
    rf"|(?:{_IN_NAME}){{2,12}}?(?:小[区區]|花[园園]|大[厦廈]|公寓){_ROOM}"
    rf"|{_PROVINCE} ?{_TOWN} ?(?:{_STREET})?{_ESTATE}{_ROOM})"
)
_WORD: Final = r"(?:[A-Z][A-Za-z'.-]{0,20}|[0-9]{1,3}(?:st|nd|rd|th)) "
_ENGLISH: Final = re.compile(
    r"(?<![A-Za-z0-9$€£¥.,#-])(?:(?i:flat|apartment|apt|unit|suite|room|rm)\.? ?[A-Za-z]?[0-9]{1,5}[A-Za-z]?, ?)?"
    rf"[0-9]{{1,5}}[A-Za-z]?(?:[-/][0-9]{{1,5}})?,? (?:{_WORD}){{1,4}}"
    r"(?i:street|road|avenue|boulevard|lane|(?:st|rd|ave|blvd|ln)\.?)(?![A-Za-z])"
    r"(?:,? (?i:flat|apartment|apt|unit|suite|room|rm|floor|#)\.? ?[A-Za-z]?[0-9]{1,5}[A-Za-z]?(?![A-Za-z0-9]))?"
    r"(?:(?:, ?[A-Z][A-Za-z]{1,20}(?: [A-Z][a-z]{1,20}){0,2}){1,2},? "
    r"(?:[A-Z]{2} [0-9]{5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2})(?![A-Za-z0-9]))?"
)


def places(stretch: Stretch) -> Iterator[Candidate]:
    """Postal addresses."""
    for near in stretches(stretch.text, _NUMBERED, _LONGEST_BEFORE, _LONGEST_BEHIND):
        yield from matches(_CHINESE, near, "address")
        yield from matches(_NAMED, near, "address", named=True, group="place")
    yield from matches(_ENGLISH, stretch, "address")
