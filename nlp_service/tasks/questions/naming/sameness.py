"""What makes no difference between two names."""

import re
from typing import Final

from nlp_service.text import to_simplified

_SAME: Final = re.compile(r"[\W_]|[的了吗嘛么呢能会可以请我要想就还是都下把给]|一下|\b(?:a|an|the|my|your|to|i|of)\b")
# What sets a name apart from another or explains it; no customer writes it.
_NOTE: Final = re.compile(r"(?<=\S)\s?[（(][^（()）]*[）)]$")


def sameness(name: str) -> str:
    """Equal for names that people would take for the same."""
    return same_plain(to_simplified(name).lower())


def same_plain(plain: str) -> str:
    """As `sameness`, of what is Simplified and in lower case already."""
    return _SAME.sub("", plain) or plain


def without_note(name: str) -> str:
    """The name without what sets it apart or explains it: 可以换吗 of 可以换吗（退换规则）."""
    return _NOTE.sub("", name)
