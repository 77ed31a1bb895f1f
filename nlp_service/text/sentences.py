"""A text as sent, split into sentences with character offsets."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nlp_service.text._boundaries import sentence_ends
from nlp_service.text._characters import HAN, INVISIBLE
from nlp_service.text._lengths import pieces

# What str.splitlines takes for the end of a line.
_LINE: Final = re.compile("[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
# A letter or digit outside a sticker: [微笑] alone is no sentence, [订单x] alone is.
_WORDING: Final = re.compile(rf"(?:\[[{HAN}]{{1,4}}\]|[\W_])*+[^\W_]")
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
        for segment in _with_leftovers(text, _segments(text, line.start(), line.end()))
        for start, end in pieces(text, *_trimmed(text, *segment))
        if _VISIBLE.search(text, start, end)
    ]


def _segments(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for boundary in sentence_ends(text, start, end):
        yield start, boundary
        start = boundary
    if start < end:
        yield start, end


def _with_leftovers(text: str, segments: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join each segment of a line that has no wording to the segment before it; the first ones, to the one after."""
    start: int | None = None
    end = 0
    worded = False
    for segment_start, segment_end in segments:
        has_wording = _WORDING.match(text, segment_start, segment_end) is not None
        if start is None:
            start = segment_start
        elif worded and has_wording:
            yield start, end
            start = segment_start
        end = segment_end
        worded = worded or has_wording
    if start is not None:
        yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    segment = text[start:end]
    return end - len(segment.lstrip()), start + len(segment.rstrip())
