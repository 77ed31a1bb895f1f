"""HTML from parts: what isn't markup already is escaped, so customers' words can't become part of the page."""

import re
from html import escape
from typing import Final

Content = str | None

_VOID: Final = frozenset({"input", "meta"})
# What HTML may not hold: control characters but the tab and the line feed, halves of characters, non-characters.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_REPLACEMENT: Final = "\ufffd"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def clean(text: str) -> str:
    """The text without characters that HTML may not hold."""
    if text.isprintable():
        return text
    return _FORBIDDEN.sub(_REPLACEMENT, text.replace("\r\n", "\n").replace("\r", "\n"))


def element(name: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    """An element; None is left out, of the content as of the attributes.

    An underscore in an attribute's name stands for a hyphen, one at its end for nothing: `class_`, `aria_label`.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(clean(_plain(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = together(*content)
    return Markup(f"<{name}{given}>" if name in _VOID else f"<{name}{given}>{inside}</{name}>")


def together(*content: Content) -> Markup:
    """Parts one after the other."""
    return Markup("".join(part if isinstance(part, Markup) else escape(clean(part)) for part in content if part))


def _plain(value: str | float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
