"""Which language, and which Chinese script, a text is in."""

import re
from functools import cache
from typing import Final, Literal

from nlp_service.text._characters import HAN, MASK, URL, WORD
from nlp_service.text._opencc import convert

Language = Literal["zh-Hans", "zh-Hant", "en", "und"]

# A Chinese sentence full of product names ("iphone 15 pro max 坏了") has few Han characters to its Latin words, and an
# English one may name a Chinese shop. Words with a capital or a digit in them are mostly names and are not counted.
_LEAST_HAN_SHARE: Final = 0.4
# A Japanese sentence has kana between its Han characters; a Chinese one at most a decorative の.
_LEAST_KANA: Final = 2
_LEAST_KANA_SHARE: Final = 0.2

# The start of a long text tells as much as all of it.
_CHARACTERS_READ: Final = 20_000

# An e-mail address, with what a colon joins to it (mailto:), or a host that begins with www.
_ADDRESS: Final = r"(?:(?i:www)\.|[A-Za-z0-9_]++(?:[.:+-][A-Za-z0-9_]++)*+@)[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++"
# What is prose is kept: words (a URL must not be looked for at every letter of a long one) and stretches of CJK, which
# begins at U+2E80. What else there is, is neither letter nor mask nor URL nor address.
_PROSE: Final = re.compile(rf"{MASK}|{URL}|{_ADDRESS}|([\u2e80-\U0003ffff]++|{WORD})")
_HAN: Final = re.compile(f"[{HAN}]+")
_KANA: Final = re.compile("[ぁ-ゖァ-ヺ\uff66-\uff9d]+")
_LATIN_LETTER: Final = re.compile("[A-Za-zÀ-ÖØ-öø-ɏＡ-Ｚａ-ｚ]+")
_LETTER: Final = re.compile(r"[^\W\d_]+")
_LOWERCASE_WORD: Final = re.compile(r"(?<![^\W_])[a-zß-öø-ÿａ-ｚ]++(?![^\W_])")

# The block of Han characters that Big5 and GB 2312 cover.
_HAN_BLOCK: Final = range(0x4E00, 0xA000)
# Lead bytes of the first level of each national standard: the characters in everyday use there.
_EVERYDAY_GB2312: Final = range(0xB0, 0xD8)
_EVERYDAY_BIG5: Final = range(0xA4, 0xC7)


def detect_language(text: str) -> Language:
    """Return the language of a text, with the script if it is Chinese.

    Args:
        text: any string; placeholders such as [订单x], URLs and e-mail addresses are not counted, nor what follows the
            first 20,000 characters.

    Returns:
        "zh-Hans" or "zh-Hant" for Chinese (Simplified when its characters do not tell), "en" for other text in Latin
        letters, "und" for every other script, Japanese included, and for text without letters.
    """
    prose = " ".join(_PROSE.findall(text[:_CHARACTERS_READ]))
    han = "".join(_HAN.findall(prose))
    latin = _count(_LATIN_LETTER, prose)
    kana = _count(_KANA, prose)
    other = _count(_LETTER, prose) - len(han) - latin
    if (kana >= _LEAST_KANA and kana >= _LEAST_KANA_SHARE * (kana + len(han))) or other > len(han) + latin:
        return "und"
    if han and len(han) >= _LEAST_HAN_SHARE * (len(han) + len(_LOWERCASE_WORD.findall(prose))):
        return _chinese_script(han)
    return "en" if latin else "und"


def _count(pattern: re.Pattern[str], text: str) -> int:
    """How many characters of a text are of a class."""
    return sum(map(len, pattern.findall(text)))


def _chinese_script(han: str) -> Language:
    traditional_only, simplified_only = _telling_patterns()
    return "zh-Hant" if _count(traditional_only, han) > _count(simplified_only, han) else "zh-Hans"


@cache
def _telling_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    traditional, simplified = (re.compile(f"[{''.join(sorted(some))}]+") for some in _telling_characters())
    return traditional, simplified


@cache
def _telling_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Return the characters that only Traditional, and those that only Simplified Chinese writes.

    OpenCC alone would take 后, 里, 台, 云, 乾 for telling, since they change in one direction; that they are everyday
    characters of the other side's standard shows that both sides write them.
    """
    characters = [chr(code) for code in _HAN_BLOCK]
    traditional = _changed(characters, "t2s") - _everyday(characters, "gb2312", _EVERYDAY_GB2312)
    simplified = _changed(characters, "s2t") - _everyday(characters, "big5", _EVERYDAY_BIG5)
    return traditional - simplified, simplified - traditional


def _changed(characters: list[str], configuration: str) -> frozenset[str]:
    # One character a line: OpenCC converts by phrases, and no phrase crosses a line break.
    converted = convert("\n".join(characters), configuration).split("\n")
    return frozenset(before for before, after in zip(characters, converted, strict=True) if before != after)


def _everyday(characters: list[str], encoding: str, lead_bytes: range) -> frozenset[str]:
    encoded = ((character, character.encode(encoding, "ignore")) for character in characters)
    return frozenset(character for character, code in encoded if code and code[0] in lead_bytes)
