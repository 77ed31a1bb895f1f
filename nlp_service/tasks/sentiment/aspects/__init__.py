"""What each clause of a text judges: aspects without a list of aspects."""

import re
from dataclasses import dataclass
from typing import Final

from nlp_service.tasks.sentiment.aspects import chinese, english
from nlp_service.text.clauses import split_clauses
from nlp_service.text.sentences import Span, split_sentences

__all__ = ["ClauseTarget", "clauses_with_targets", "target"]

_MASK: Final = re.compile(r"\[[^\[\]]{1,20}\]|\*{2,}")
"""What stands for a name or a number that may not be shown: nobody praises or blames that."""
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class ClauseTarget:
    """A clause `[start, end)` of a text and the span of what it judges, which may lie in the clause before it."""

    start: int
    end: int
    target_start: int
    target_end: int


def clauses_with_targets(text: str) -> list[ClauseTarget]:
    """Return each clause of a text that names what it judges, in order; once for each of several nouns in a row.

    A clause that names nothing is left out, unless the clause before it in the sentence only named a topic: in
    "客服，太差了", the second clause judges 客服. Such a topic is no clause of its own.
    """
    return [found for sentence in split_sentences(text) for found in _in_sentence(text, sentence)]


def target(clause: str) -> tuple[int, int] | None:
    """Return the span of what a clause judges, in code points of the clause; the first of several nouns in a row."""
    return next(iter(_read(clause)[0]), None)


def _in_sentence(text: str, sentence: Span) -> list[ClauseTarget]:
    found: list[ClauseTarget] = []
    topic: list[tuple[int, int]] = []
    clauses = split_clauses(text[sentence.start : sentence.end])
    for number, clause in enumerate(clauses, start=1):
        start, end = sentence.start + clause.start, sentence.start + clause.end
        targets, is_topic = _read(text[start:end])
        spans = [(start + first, start + last) for first, last in targets]
        if number < len(clauses) and is_topic:
            topic = spans
            continue
        found += [ClauseTarget(start, end, first, last) for first, last in spans or topic]
        topic = []
    return found


def _read(clause: str) -> tuple[list[tuple[int, int]], bool]:
    """The spans of what a clause judges, and whether it only names a topic."""
    masks = [mask.span() for mask in _MASK.finditer(clause)]
    if _HAN.search(clause):
        words = chinese.read(clause)
        spans, is_topic = chinese.targets(words), chinese.is_topic(words)
    else:
        span = english.target(clause)
        spans, is_topic = [span] if span else [], False
    shown = [(start, end) for start, end in spans if not any(first < end and start < last for first, last in masks)]
    return shown, is_topic
