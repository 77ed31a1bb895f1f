"""Ways to write the same text differently: the other script, without punctuation, with typing errors."""

import random
import unicodedata
from functools import cache
from typing import Any

CHARACTERS_PER_TYPO = 8


def to_traditional(text: str) -> str:
    """In Traditional characters with Taiwan's phrases (OpenCC `s2twp`)."""
    converted: str = _converter().convert(text)
    return converted


def without_punctuation(text: str) -> str:
    return "".join(character for character in text if not unicodedata.category(character).startswith("P"))


def with_typos(text: str, seed: int) -> str:
    """One character dropped, doubled or swapped with the next, about every eight; the same for a text and a seed.

    A text of one character stays as it is; a longer one gets at least one error, which is not always visible (two equal
    characters swapped).
    """
    characters = list(text)
    chance = random.Random(f"{seed}:{text}")
    for _ in range(max(1, round(len(text) / CHARACTERS_PER_TYPO))):
        if len(characters) < 2:
            break
        place = chance.randrange(len(characters) - 1)
        first, second = characters[place], characters[place + 1]
        characters[place : place + 2] = chance.choice([[second], [first, first, second], [second, first]])
    return "".join(characters)


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2twp")
