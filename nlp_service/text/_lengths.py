"""Sentences that are too long, as in a speech transcript without punctuation, cut at the best place."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from nlp_service.text._characters import ATOM, EMOJI_PARTS

MAX_SENTENCE_CHARACTERS: Final = 200
"""The longest sentence, in code points."""

# A shorter piece is not worth a softer boundary. It also bounds how often a character is looked at.
_SHORTEST_PIECE: Final = MAX_SENTENCE_CHARACTERS // 4
_COMMA, _PAUSE, _PARTICLE, _ANYWHERE = range(4)
_BOUNDARY_AFTER: Final = (
    dict.fromkeys("。！？!?；;…,，︐﹐", _COMMA)
    | dict.fromkeys("、:： \t\u3000)）]】”’」』》~～", _PAUSE)
    | dict.fromkeys("吗嗎呢吧啊呀嘛哦哈啦", _PARTICLE)
)
_EXTENDING: Final = re.compile(f"[{EMOJI_PARTS}\U0001f3fb-\U0001f3ff]")
_REGIONAL_INDICATORS: Final = ("\U0001f1e6", "\U0001f1ff")
_ZERO_WIDTH_JOINER: Final = "\u200d"


def pieces(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans of a text trimmed of whitespace, and in pieces of at most MAX_SENTENCE_CHARACTERS."""
    for span in spans:
        start, end = _trimmed(text, *span)
        while end - start > MAX_SENTENCE_CHARACTERS:
            cut = _best_cut(text, start, end)
            yield _trimmed(text, start, cut)
            start, end = _trimmed(text, cut, end)
        yield start, end


def _best_cut(text: str, start: int, end: int) -> int:
    limit = start + MAX_SENTENCE_CHARACTERS
    inside_atom = _inside_atoms(text, start, limit, end)
    best, best_rank = 0, _ANYWHERE + 1
    for cut in range(limit, start, -1):
        if best and cut < start + _SHORTEST_PIECE:
            break
        rank = _BOUNDARY_AFTER.get(text[cut - 1], _ANYWHERE)
        if rank >= best_rank or cut in inside_atom or _joins(text, cut):
            continue
        best, best_rank = cut, rank
        if best_rank == _COMMA:
            break
    return best or _cut_inside_atom(text, start, limit)


def _cut_inside_atom(text: str, start: int, limit: int) -> int:
    return next((cut for cut in range(limit, start, -1) if not _joins(text, cut)), limit)


def _inside_atoms(text: str, start: int, limit: int, end: int) -> set[int]:
    # An atom that reaches a whole window past the limit has to be cut anyway; not to follow it keeps this linear.
    window = min(end, limit + MAX_SENTENCE_CHARACTERS)
    inside: set[int] = set()
    for atom in ATOM.finditer(text, start, window):
        if atom.start() >= limit:
            break
        if atom.end() - atom.start() > 1:
            inside.update(range(atom.start() + 1, atom.end()))
    return inside


def _joins(text: str, cut: int) -> bool:
    """Tell whether the characters on both sides of the cut are drawn as one, as a letter and its accent are."""
    before, after = text[cut - 1], text[cut]
    if after < "\u0300":
        return before == _ZERO_WIDTH_JOINER
    first, last = _REGIONAL_INDICATORS
    return (
        before == _ZERO_WIDTH_JOINER
        or unicodedata.category(after).startswith("M")
        or _EXTENDING.match(after) is not None
        or (first <= before <= last and first <= after <= last)
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    return start, end
