"""Texts without the pictures that people put into them."""

import re
from typing import Final

from nlp_service.text._characters import EMOJI, EMOJI_PARTS

_EMOJI: Final = re.compile(f"[{EMOJI}][{EMOJI}{EMOJI_PARTS}]*")


def without_emoji(text: str) -> str:
    """Return the text without emoji; one of nothing else, and one that has none, stays as it is."""
    plain = _EMOJI.sub(" ", text)
    return plain if plain != text and any(map(str.isalnum, plain)) else text
