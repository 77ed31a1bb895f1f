"""What a text says, less what it is wrapped in: emoji, masked data, order numbers, greetings and politeness."""

import re
from typing import Final

from nlp_service.text.courtesy import without_courtesy
from nlp_service.text.emoji import without_emoji
from nlp_service.text.masks import HAN, HOLE, without_masks
from nlp_service.text.script import to_simplified

# What stands before a number that has been taken out, in Simplified characters.
_NUMBERED: Final = re.compile(
    rf"(?:(?:订单|运单|快递|物流|商品)?(?:编号|单号|号码|号)|\b(?:order|tracking) (?:number|no|id))[\s:#.是为]*{HOLE}",
    re.IGNORECASE,
)
_FEWEST_TAKEN: Final = 2
# Signs that are words: C++ and C#, -5℃, $50 and 50%. In full width, courtesy does not take them for punctuation.
_SIGN: Final = re.compile(r"(?<=[A-Za-z])[+#]+|(?<![A-Za-z0-9])-(?=\d)|[$€£¥](?=\d)|(?<=\d)[%$€£¥]")
_SIGNS: Final = "－＋＃％＄€￡￥"
_AS_SIGN: Final = str.maketrans("-+#%$€£¥", _SIGNS)
_AS_WRITTEN: Final = str.maketrans(_SIGNS, "-+#%$€£¥")
_NO_WORDING: Final = re.compile(rf"[^\w{_SIGNS}]+|_+")
SPACE_AT_HAN: Final = re.compile(f"(?<=[{HAN}]) | (?=[{HAN}])")


def canonical(text: str) -> str:
    """Return what a text asks, to be compared: "" if no word is left.

    Simplified, lower case, no punctuation but signs that are words (C++, -5, 50%), nothing masked, no order numbers;
    greetings and politeness only if nothing else is there.
    """
    signed = _SIGN.sub(lambda sign: sign.group().translate(_AS_SIGN), to_simplified(without_masks(text)))
    words = _NO_WORDING.sub(" ", without_courtesy(signed).lower()).strip()
    return SPACE_AT_HAN.sub("", words).translate(_AS_WRITTEN)


def essence(text: str) -> str:
    """Return the cleaned text, Simplified, without what says nothing about why a customer writes.

    That is emoji, what masking left, order numbers, and courtesy at its ends. A text of nothing else stays as it is,
    and so does one that would lose a letter at most: what is left would be read alike.
    """
    plain = without_emoji(text)
    left = _NUMBERED.sub(HOLE, to_simplified(without_masks(plain, HOLE)))
    left = without_courtesy(left).replace(HOLE, " ")
    letters, kept = (sum(map(str.isalnum, some)) for some in (text, left))
    return left if kept and (letters - kept >= _FEWEST_TAKEN or plain != text) else text
