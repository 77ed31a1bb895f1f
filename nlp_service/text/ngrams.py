"""Which short sequences of characters and words a text has: what a linear model can read beside the vector."""

import re
import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

BITS: Final = 20
BUCKETS: Final = 2**BITS
"""Sequences are known by a hash below this number alone, so that a model holds no word of the texts it learned from
(the hashing trick: Weinberger et al., ICML 2009)."""
NGRAMS_VERSION: Final = "1"
"""Raise it with any change of what `ngrams` returns; a model remembers the one it was trained with."""

_LONGEST: Final = 4
_LONGEST_OF_WORDS: Final = 2
# CJK begins at U+2E80: there each character is a token. [笑哭] is how chat programs write an emoji.
_TOKEN: Final = re.compile(
    r"\[\w{1,6}\]|[\u2e80-\U0001efff\U00020000-\U0003ffff]|[^\W\d_\u2e80-\U0003ffff]+(?:['’][^\W\d_\u2e80-\U0003ffff]+)*|\d+|[^\w\s]|_+"
)
_BORDER: Final = "\x02"
_ANY_NUMBER: Final = "0"
_STEM: Final = 5
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: Knuth's multiplicative hashing
_SHIFT: Final = np.uint64(29)


def ngrams(text: str) -> NDArray[np.int64]:
    """Buckets of the distinct n-grams of a prepared text, ascending.

    Tokens are CJK characters, words, numbers (all alike) and marks; an n-gram is 1 to 4 neighbours, at most 2 where
    words are among them. The text's borders count as tokens; a longer word's beginning stands for its other forms.
    """
    return ngrams_of([text])[0]


def ngrams_of(texts: Sequence[str]) -> list[NDArray[np.int64]]:
    """The same for several texts, each as if it were alone; several times faster than one by one."""
    read = [_TOKEN.findall(text.lower()) for text in texts]
    found = [[_BORDER, *part, _BORDER] if part else [] for part in read]
    tokens = [token for part in found for token in part]
    text = np.repeat(np.arange(len(texts)), [len(part) for part in found])
    numbers = np.array([_number(token) for token in tokens], dtype=np.uint64)
    is_word = np.array([len(token) > 1 and not token[0].isdecimal() for token in tokens], dtype=bool)
    stems = [at for at, token in enumerate(tokens) if len(token) > _STEM and token.isalpha()]
    stem_numbers = np.array([_number(f"{tokens[at][:_STEM]}*") for at in stems], dtype=np.uint64)
    hashes, has_word, is_inside = _mixed(numbers), is_word, numbers != ord(_BORDER)
    parts = [(text[is_inside], hashes[is_inside]), (text[np.array(stems, dtype=np.int64)], _mixed(stem_numbers))]
    for length in range(2, _LONGEST + 1):
        hashes = _mixed(hashes[:-1] + numbers[length - 1 :])
        has_word = has_word[:-1] | is_word[length - 1 :]
        is_one = text[length - 1 :] == text[: len(hashes)]
        is_one &= ~has_word if length > _LONGEST_OF_WORDS else True
        parts.append((text[: len(hashes)][is_one], hashes[is_one]))
    owner = np.concatenate([part for part, _ in parts])
    buckets = (np.concatenate([part for _, part in parts]) >> np.uint64(64 - BITS)).astype(np.int64)
    keys = np.unique(owner << BITS | buckets)
    ends = np.searchsorted(keys, np.arange(1, len(texts)) << BITS)
    return np.split(keys & (BUCKETS - 1), ends) if len(texts) else []


def _number(token: str) -> int:
    if token[0].isdecimal():
        return ord(_ANY_NUMBER)
    return ord(token) if len(token) == 1 else zlib.crc32(token.encode("utf-8", "surrogatepass")) | 1 << 32


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A hash of each number; unsigned arithmetic wraps around on purpose."""
    hashes = numbers * _MULTIPLIER
    return (hashes ^ (hashes >> _SHIFT)) * _MULTIPLIER
