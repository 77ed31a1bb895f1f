"""The little that a picture needs: elements, and how wide a text will be, roughly, in a font that isn't known."""

import re
import unicodedata
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_LATIN_FONTS: Final = "'Segoe UI','Helvetica Neue',Arial,'Noto Sans'"
_SIMPLIFIED_FONTS: Final = "'Noto Sans CJK SC','Microsoft YaHei','PingFang SC'"
_TRADITIONAL_FONTS: Final = "'Noto Sans CJK TC','Microsoft JhengHei','PingFang TC'"
_WIDE: Final = 1.0
_NARROW: Final = frozenset("iIjl.,:;|!'()[]ft ")
_BROAD: Final = frozenset("mwMW%@…—")
# A line may break after a space, an underscore, a hyphen or a slash, and at any character of a wide script.
_PIECE: Final = re.compile(r"[\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s_\-/\u2e80-\uffef]*[\s_\-/]?|.")
_ELLIPSIS: Final = "…"


def fonts(language: str) -> str:
    """Where the readers' machines may have the characters; one and the same is drawn otherwise in either script."""
    both = (_SIMPLIFIED_FONTS, _TRADITIONAL_FONTS)
    return ",".join([_LATIN_FONTS, *(reversed(both) if language == "zh-Hant" else both), "sans-serif"])


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """An element; `content` is markup already. An underscore in an attribute's name stands for a hyphen."""
    given = "".join(f" {key.replace('_', '-')}={quoteattr(_plain(value))}" for key, value in attributes.items())
    return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"


def text(x: float, y: float, content: str, size: float, **attributes: str | float) -> str:
    """A line of text with its baseline at y."""
    return element("text", escape(content), x=x, y=y, font_size=size, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, **attributes: str | float) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, **attributes)


def polygon(points: list[tuple[float, float]], **attributes: str | float) -> str:
    """A closed shape."""
    return element("polygon", points=joined(points), **attributes)


def joined(points: list[tuple[float, float]]) -> str:
    """Points as `points` attributes have them."""
    return " ".join(f"{_plain(x)},{_plain(y)}" for x, y in points)


def width(content: str, size: float) -> float:
    """About how wide a line is."""
    return size * sum(map(_em, content))


def fit(content: str, size: float, room: float) -> str:
    """The line, or as much of its beginning as there is room for."""
    if width(content, size) <= room:
        return content
    room -= width(_ELLIPSIS, size)
    kept = 0.0
    for position, character in enumerate(content):
        kept += width(character, size)
        if kept > room:
            return content[:position].rstrip() + _ELLIPSIS
    return content


def wrap(content: str, size: float, room: float, lines: int) -> list[str]:
    """At most so many lines, the last one cut if need be; a word that is wider than a line is cut across lines."""
    done = [""]
    for piece in _pieces(content, size, room):
        if done[-1] and width((done[-1] + piece).rstrip(), size) > room:
            done.append("")
        done[-1] += piece if done[-1] else piece.lstrip()
    rest = "".join(done[lines - 1 :])
    kept = [part.rstrip() for part in done[: lines - 1]]
    return [*kept, fit(rest.rstrip(), size, room)] if rest else kept


def _pieces(content: str, size: float, room: float) -> list[str]:
    pieces = []
    for piece in filter(None, _PIECE.findall(content)):
        whole = width(piece.rstrip(), size) <= room
        pieces += [piece] if whole else list(piece)
    return pieces


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    if unicodedata.combining(character):
        return 0.0
    if character in _NARROW:
        return 0.33
    if character in _BROAD:
        return 0.92
    return 0.68 if character.isupper() else 0.57


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
