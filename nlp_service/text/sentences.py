"""A text as sent, split into sentences with character offsets."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nlp_service.text._boundaries import segments
from nlp_service.text._characters import HAN, INVISIBLE
from nlp_service.text._lengths import MAX_SENTENCE_CHARACTERS, pieces

__all__ = ["MAX_SENTENCE_CHARACTERS", "Span", "split_sentences"]

# What str.splitlines takes for the end of a line.
_LINE: Final = re.compile("[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
# A letter or digit outside a sticker or a drawn face: [微笑] and O(∩_∩)O are no sentences alone, [订单x] is.
_FACE: Final = r"[oO]?+[(（](?:(?![)）])[\W_]){1,10}+[)）][oO]?+"
_WORDING: Final = re.compile(rf"(?:\[[{HAN}]{{1,4}}\]|{_FACE}|[\W_])*+[^\W_]")
_VISIBLE: Final = re.compile(rf"[^\s{INVISIBLE}]")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch `[start, end)` of a text, in Unicode code points."""

    start: int
    end: int


def split_sentences(text: str) -> list[Span]:
    """Split a text into sentences, as an analyst of chats, e-mails and speech transcripts would count them.

    Line breaks, terminators, a `~` between clauses and a space between two Chinese clauses end a sentence; commas do
    not. What has no wording of its own (an emoji, `!!!`) belongs to the sentence before it in its line.

    Args:
        text: any string, lone surrogates included.

    Returns:
        Spans in order, not overlapping, not empty, none longer than MAX_SENTENCE_CHARACTERS, none with whitespace at
        either end. Every character that is neither whitespace nor invisible is in exactly one of them.
    """
    return [
        Span(start, end)
        for line in _LINE.finditer(text)
        for start, end in pieces(text, _with_leftovers(text, segments(text, line.start(), line.end())))
    ]


def _with_leftovers(text: str, parts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join each part of a line that has no wording to the part before it, the first ones to the part after them.

    A line without anything visible yields nothing.
    """
    start: int | None = None
    end = 0
    worded = False
    for part_start, part_end in parts:
        has_wording = _WORDING.match(text, part_start, part_end) is not None
        if start is None:
            start = part_start
        elif worded and has_wording:
            yield start, end
            start = part_start
        end = part_end
        worded = worded or has_wording
    if start is not None and _VISIBLE.search(text, start, end):
        yield start, end
