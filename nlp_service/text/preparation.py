"""The one string that the tokenizer sees, in training and in serving."""

from typing import Final

from nlp_service.text.cleaning import clean
from nlp_service.text.script import to_simplified

PREPARATION_VERSION: Final = "1"
"""Part of every cache key and artefact: raise it with any change of what `prepare` returns, tables included."""


def prepare(sentence: str) -> str:
    """Return the sentence cleaned and in Simplified characters.

    Args:
        sentence: one sentence as sent; any string, lone surrogates included.

    Returns:
        The prepared sentence; "" when nothing visible is in it.
    """
    return to_simplified(clean(sentence))
