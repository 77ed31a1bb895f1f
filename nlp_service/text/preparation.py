"""The one string that the tokenizer sees, in training and in serving."""

import re
from functools import lru_cache
from typing import Final

from nlp_service.text.cantonese import to_standard
from nlp_service.text.cleaning import clean
from nlp_service.text.script import to_simplified

PREPARATION_VERSION: Final = "3"
"""Part of every cache key and artefact: raise it with any change of what `prepare` returns, tables included."""

_NOT_CAPITALS: Final = re.compile(r"[a-z\u3400-\u9fff]")
# In a word with a digit they are a code's.
_CAPITALS: Final = re.compile(r"(?<![^\W_])[A-Z]+(?![^\W_])")
_FEWEST_CAPITALS: Final = 4
"""Letters: USB and OK stay."""
_KEPT_LENGTH: Final = 200
"""Longer ones are seldom met again, and would make what is kept large."""


def prepare(sentence: str) -> str:
    """Return the sentence cleaned, in Simplified characters and standard Chinese, and without shouting: "WHERE IS MY
    ORDER" in small letters.

    Args:
        sentence: one sentence as sent; any string, lone surrogates included.

    Returns:
        The prepared sentence; "" when nothing visible is in it.
    """
    return _kept(sentence) if len(sentence) <= _KEPT_LENGTH else _prepared(sentence)


def _prepared(sentence: str) -> str:
    return _calm(to_standard(to_simplified(clean(sentence))))


def _calm(text: str) -> str:
    """The text in small letters if all of it is in capitals, which the encoder would read letter by letter."""
    if _NOT_CAPITALS.search(text) or sum(map(len, _CAPITALS.findall(text))) < _FEWEST_CAPITALS:
        return text
    return _CAPITALS.sub(lambda word: word.group().lower(), text)


_kept = lru_cache(maxsize=4096)(_prepared)
"""A request asks twice, for the tokenizer and for the n-grams; and customers repeat each other."""
