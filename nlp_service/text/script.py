"""Traditional to Simplified Chinese, and back."""

import re
from typing import Final

from nlp_service.text._opencc import convert

# t2s and not tw2sp or hk2s: those also exchange regional words (軟體 → 软件), which would rewrite names and the
# customer's own wording, and misread the words of another region; the encoder knows both words.
_CONFIGURATION: Final = "t2s"
_ENCODABLE: Final = re.compile("[^\ud800-\udfff]+")


def to_simplified(text: str) -> str:
    """Return the text in Simplified characters; everything that is not Traditional stays as it is.

    Args:
        text: any string; lone surrogates, which OpenCC refuses, are passed through.

    Returns:
        The converted text. That it is as long as the text is not promised: do not map offsets through this function.
    """
    return _converted(text, _CONFIGURATION)


def to_traditional(text: str) -> str:
    """Return the text in Traditional characters, word by word where a Simplified one stands for several of them."""
    return _converted(text, "s2t")


def _converted(text: str, configuration: str) -> str:
    try:
        return convert(text, configuration)
    except UnicodeEncodeError:
        return _ENCODABLE.sub(lambda match: convert(match.group(), configuration), text)
