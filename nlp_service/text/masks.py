"""Texts without what tells no two of them apart: masks, addresses, numbers of orders, parcels and telephones."""

import re
from typing import Final

from nlp_service.text.cleaning import clean

HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
# Stands for what is taken out; no letter, digit or space, so that what is left on either side doesn't run together.
HOLE: Final = "\ufffc"
# What masking left ([订单x], #E-s[数字x], one inside another, [PHONE_1]; {{order number}}, <PHONE>, 138****5678) and a
# chat client's stickers ([微笑], [doge]). What else is in brackets was written by the customer: [iPhone 15].
MASK: Final = re.compile(
    rf"(?:#[A-Za-z0-9-]{{1,8}})?\[(?:[{HAN}]{{1,4}}|[A-Z]+(?:_[A-Z\d]+)*|[a-z]+(?:_[a-z\d]+)*"
    rf"|[^\[\]\n]{{0,60}}(?:(?<=[{HAN}])[xX]|{HOLE}[^\[\]\n]{{0,60}}))\]"
    r"|\{\{[^{}\n]{1,60}\}\}|<[A-Z][A-Z_]{1,30}>|(?<!\d)\d{2,}+(?:\*{2,}|[xX]{3,})\d*+|\*{3,}"
)
_DEEPEST_MASK: Final = 3
_URL: Final = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)
# Where a name in Chinese begins can't be told; most given names have one or two characters.
_EMAIL: Final = re.compile(
    rf"(?:[A-Za-z0-9._%+-]{{1,64}}|[{HAN}]{{1,2}})@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}}){{1,4}}"
)
# Order and tracking numbers, telephone and identity numbers, the last perhaps with an X at the end. In this order: at
# least four digits of what is called a number; six of what is called a code; letters and digits mixed, more of them
# than in the name of a model (1Z999AA10123456784); digits between dots; any seven digits, in groups or not, that are
# neither a date nor an amount, with the letters before them (SF1234567890, ORD-2024-000123).
_NUMBER: Final = re.compile(
    r"(?:(?:(?<=[单單编編][号號])|(?<=number)|(?<=number is)|(?<=order)|#)[\s:#是]{0,3}[A-Za-z]{0,4}\d{4,}+(?:-\d+)*+"
    r"|(?:(?<=[码碼])|(?<=code)|(?<=code is))[\s:是]{0,3}\d{6}(?!\d)"
    r"|(?<![A-Za-z0-9])(?!\d+x)(?=\d*+[A-Z]++\d)(?=(?:[A-Z]*+\d){8})[A-Z\d]{12,}+"
    r"|(?<![A-Za-z0-9¥$€£满滿])(?<!\d[.-])(?:(?:\+\d{1,3}[ .·-]?)?\d{2,4}[.·]\d{3,4}[.·]\d{4}(?!\d)"
    r"|(?!(?:19|20)\d\d[-/.]\d)\+?(?:[A-Za-z]{2,5}-|[A-Za-z]{0,4})(?=(?:[() -]{0,2}\d){7})"
    r"\(?\d(?:[\d()]|[- ](?=[\d(])){6,40}+(?<=\d)"
    r"(?!\d|\s?(?:[元块塊]|[萬万](?!一)|千(?![萬万])|rmb|usd|dollars))))(?:(?<=\d{17})x)?",
    re.IGNORECASE,
)


def without_masks(text: str, hole: str = " ") -> str:
    """Return the cleaned text with a hole in the place of what tells no two questions apart.

    That is what masking left, URLs, e-mail addresses, and numbers of orders, parcels and telephones that nobody masked.
    """
    text = _EMAIL.sub(HOLE, _URL.sub(HOLE, clean(text)))
    for _ in range(_DEEPEST_MASK):
        text, count = MASK.subn(HOLE, text)
        if not count:
            break
    return _NUMBER.sub(HOLE, text).replace(HOLE, hole)
