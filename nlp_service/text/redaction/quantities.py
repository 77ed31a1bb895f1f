"""What looks like a personal number and isn't: amounts, counts, dates, times, numbers of articles."""

import re
from collections.abc import Iterator
from typing import Final

from nlp_service.text.redaction._candidates import Candidate, Stretch, matches

_NUMBER: Final = r"[0-9]{1,20}(?:,[0-9]{3}){0,5}(?:\.[0-9]{1,8})?"
# Nobody counts a thousand million of most things, but a name may follow a telephone number: 13812345678万女士.
_UNIT: Final = (
    r"(?:元(?![旦宝寶件素气氣])|[块塊圆圓]|港[币幣]|美[元金]|[积積]分"
    r"|(?i:rmb|cny|hkd|hk\$|usd|ntd?|twd|gbp|eur|yuan|dollars?|pounds?|euros?|bucks|points?|steps|views|mah)(?![A-Za-z])"
    r"|(?<![0-9]{9})(?:[万萬亿億千条條件毫公%]|分(?![机機])|[个個][点點积積月]|人次|(?i:[kmgt]b|km|kg|ml)(?![A-Za-z])))"
)
_AMOUNT: Final = re.compile(
    rf"(?<![0-9.])(?:(?:[¥$€£]|(?i:rmb|hkd|usd|ntd?|nt\$)) ?{_NUMBER}(?: ?[-~至到] ?[¥$€£]?{_NUMBER})?(?: ?{_UNIT})?"
    rf"|{_NUMBER}(?: ?[-~至到] ?{_NUMBER})? ?{_UNIT})"
)
_CLOCK: Final = r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9])?(?:\.[0-9]{1,6})?"
_DATE: Final = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}(?P<apart>[-/.])(?:0?[1-9]|1[0-2])(?P=apart)(?:0?[1-9]|[12][0-9]|3[01])"
    rf"(?![0-9])(?:[ T]{{1,2}}{_CLOCK})?"
    r"(?: ?[-~至到] ?(?:19|20)[0-9]{2}(?P=apart)[0-9]{1,2}(?P=apart)[0-9]{1,2}(?![0-9]))?"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?(?![0-9]))"
)
_ARTICLE: Final = re.compile(
    r"(?:(?:[条條](?:形)?[码碼]|[货貨型][号號]|[商产產]品[编編][号號][码碼]?|料[号號]|版本[号號]?)[ :#是为為]{0,3}"
    r"|(?<![A-Za-z])(?i:I ?S ?B ?N(?:-1[03])?|EAN|UPC|SKU|barcode|model(?: no\.?| number)?|version|firmware)"
    r"[ :#]{1,3}(?:is )?)[A-Za-z]{0,12}[0-9][A-Za-z0-9.-]{2,40}"
)


def quantities(stretch: Stretch) -> Iterator[Candidate]:
    """Numbers that say nothing of a person."""
    yield from matches(_AMOUNT, stretch, None)
    yield from matches(_DATE, stretch, None)
    yield from matches(_ARTICLE, stretch, None)
