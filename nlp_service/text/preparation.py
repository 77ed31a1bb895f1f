"""The one string that the tokenizer sees, in training and in serving."""

from functools import lru_cache
from typing import Final

from nlp_service.text.cleaning import clean
from nlp_service.text.script import to_simplified

PREPARATION_VERSION: Final = "1"
"""Part of every cache key and artefact: raise it with any change of what `prepare` returns, tables included."""


_KEPT_LENGTH: Final = 200
"""Longer ones are seldom met again, and would make what is kept large."""


def prepare(sentence: str) -> str:
    """Return the sentence cleaned and in Simplified characters.

    Args:
        sentence: one sentence as sent; any string, lone surrogates included.

    Returns:
        The prepared sentence; "" when nothing visible is in it.
    """
    return _kept(sentence) if len(sentence) <= _KEPT_LENGTH else _prepared(sentence)


def _prepared(sentence: str) -> str:
    return to_simplified(clean(sentence))


_kept = lru_cache(maxsize=4096)(_prepared)
"""A request asks twice, for the tokenizer and for the n-grams; and customers repeat each other."""
