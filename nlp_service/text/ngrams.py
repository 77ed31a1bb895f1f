"""Which short sequences of characters and words a text has: what a linear model can read beside the vector."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, overload

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
# CJK begins at U+2E80: there each character is a token, as is every mark. What is longer, or a number, is looked for:
# words, numbers, and [笑哭], which is how chat programs write an emoji. Pictures of letters (🄰) are nothing.
_CJK: Final = r"\u2e80-\U0001efff\U00020000-\U0003ffff"
_LETTER: Final = r"[^\W\d_\u2e80-\U0003ffff]"
_LONG: Final = re.compile(
    rf"\[\w{{1,6}}\]|{_LETTER}+(?:['’]{_LETTER}+)*|(?=[{_CJK}])\d|\d+|_+|(?P<none>[\U0001f000-\U0001ffff](?<=\w))"
)
_FIRST_CJK: Final = 0x2E80
_IS_SPACE: Final = np.array([chr(code).isspace() for code in range(_FIRST_CJK)] + [False])
_BORDER: Final = "\x02"
_ANY_NUMBER: Final = "0"
_STEM: Final = 5
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: Knuth's multiplicative hashing
_SHIFT: Final = np.uint64(29)


@dataclass(frozen=True, slots=True, eq=False)
class Bags(Sequence[NDArray[np.int64]]):
    """The n-grams of several texts in one array, which is how they are made and read.

    Attributes:
        buckets: of one text after the other, ascending in each.
        ends: where those of each text end, shape (texts,).
    """

    buckets: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[NDArray[np.int64]]) -> "Bags":
        """The same as one array each."""
        if isinstance(texts, Bags):
            return texts
        sizes = np.array([len(buckets) for buckets in texts], dtype=np.int64)
        return cls(np.concatenate([*texts, np.zeros(0, dtype=np.int64)]), np.cumsum(sizes))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many n-grams each text has, shape (texts,)."""
        sizes = self.ends.copy()
        sizes[1:] -= self.ends[:-1]
        return sizes

    def part(self, start: int, stop: int) -> "Bags":
        """Those of the texts `[start, stop)`."""
        before = int(self.ends[start - 1]) if start else 0
        ends = self.ends[start:stop]
        return Bags(self.buckets[before : ends[-1] if len(ends) else before], ends - before)

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, at: int) -> NDArray[np.int64]: ...
    @overload
    def __getitem__(self, at: slice) -> list[NDArray[np.int64]]: ...
    def __getitem__(self, at: int | slice) -> NDArray[np.int64] | list[NDArray[np.int64]]:
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        row = range(len(self))[at]
        return self.buckets[self.ends[row - 1] if row else 0 : self.ends[row]]


def ngrams(text: str) -> NDArray[np.int64]:
    """Buckets of the distinct n-grams of a prepared text, ascending.

    Tokens are CJK characters, words, numbers (all alike) and marks; an n-gram is 1 to 4 neighbours, at most 2 where
    words are among them. The text's borders count as tokens; a longer word's beginning stands for its other forms.
    """
    return bags_of([text])[0]


def ngrams_of(texts: Sequence[str]) -> list[NDArray[np.int64]]:
    """The same for several texts, each as if it were alone; several times faster than one by one."""
    return list(bags_of(texts))


def bags_of(texts: Sequence[str]) -> Bags:
    """The same for several texts, left in one array."""
    numbers, text, is_word, stems, stem_numbers = _tokens(texts)
    hashes, has_word, is_inside = _mixed(numbers), is_word, numbers != ord(_BORDER)
    parts = [(text[is_inside], hashes[is_inside]), (stems, _mixed(stem_numbers))]
    for length in range(2, _LONGEST + 1):
        hashes = _mixed(hashes[:-1] + numbers[length - 1 :])
        has_word = has_word[:-1] | is_word[length - 1 :]
        is_one = text[length - 1 :] == text[: len(hashes)]
        if length > _LONGEST_OF_WORDS:
            is_one &= ~has_word
        parts.append((text[: len(hashes)][is_one], hashes[is_one]))
    owner = np.concatenate([part for part, _ in parts])
    buckets = (np.concatenate([part for _, part in parts]) >> np.uint64(64 - BITS)).astype(np.int64)
    keys = np.sort(owner << BITS | buckets)
    keys = keys[np.diff(keys, prepend=-1) > 0]
    return Bags(keys & (BUCKETS - 1), np.searchsorted(keys, np.arange(1, len(texts) + 1) << BITS))


_Tokens = tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.uint64]]


def _tokens(texts: Sequence[str]) -> _Tokens:
    """Of each token its number, its text and whether it is a word; the text and the number of each stem."""
    lowered = [f"{_BORDER}{text.lower()}{_BORDER}" for text in texts]
    joined = "".join(lowered)
    lengths = np.array([len(text) for text in lowered], dtype=np.int64)
    text = np.repeat(np.arange(len(texts)), lengths)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    numbers = codes.astype(np.uint64)
    is_token = ~_IS_SPACE[np.minimum(codes, _FIRST_CJK)]
    is_word = np.zeros(len(codes), dtype=bool)
    stems: list[tuple[int, int]] = []
    for found in _LONG.finditer(joined):
        token, start = found.group(), found.start()
        numbers[start] = _number(token)
        is_token[start + (found.lastgroup is None) : found.end()] = False
        is_word[start] = len(token) > 1 and not token[0].isdecimal()
        if len(token) > _STEM and token.isalpha():
            stems.append((start, _number(f"{token[:_STEM]}*")))
    # A text without a token has no borders either.
    is_token &= np.bincount(text[is_token], minlength=len(texts))[text] > len(_BORDER * 2)
    at = np.array([start for start, _ in stems], dtype=np.int64)
    stem_numbers = np.array([number for _, number in stems], dtype=np.uint64)
    return numbers[is_token], text[is_token], is_word[is_token], text[at], stem_numbers


def _number(token: str) -> int:
    if token[0].isdecimal():
        return ord(_ANY_NUMBER)
    return ord(token) if len(token) == 1 else zlib.crc32(token.encode("utf-8", "surrogatepass")) | 1 << 32


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A hash of each number; unsigned arithmetic wraps around on purpose."""
    hashes = numbers * _MULTIPLIER
    return (hashes ^ (hashes >> _SHIFT)) * _MULTIPLIER
