"""What an English clause judges, found by closed lists of function words: there is no parser here."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from nlp_service.tasks.sentiment.aspects import _english_words as lists

_TOKEN: Final = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*|[^\s\w]")
_LONGEST: Final = 4
"""Words of a noun phrase."""
_FINITE: Final = lists.COPULAS | lists.AUXILIARIES | lists.VERBS
_NEVER_NOUNS: Final = (
    lists.DETERMINERS
    | lists.PRONOUNS
    | lists.PREPOSITIONS
    | _FINITE
    | lists.ADVERBS
    | lists.LIKING
    | (lists.LIKING_WITH - lists.VOID)
)
_DESCRIBING: Final = lists.OPINIONS | frozenset(("new", "old", "whole", "entire", "same", "so-called"))
_SUBJECT_LINKS: Final = frozenset(("of", "in", "on", "at", "from", "for", "with"))
_NOT_LIKING: Final = lists.COPULAS | frozenset(("nothing", "just", "more", "it", "something"))
_WITH: Final = frozenset(("with", "by", "about", "for", "at", "of", "up", "you", "to", "very", "so", "much"))
_VAGUE: Final = frozenset(("a", "an", "such", "what", "every", "each", "all", "another", "that"))

Token = tuple[int, int, str]
"""Start, end, lower-case form."""


def target(clause: str) -> tuple[int, int] | None:
    """Return the span of what a clause judges, or None if that isn't clear.

    The first that there is: the object of a liking ("love the design", "happy with it"), the subject of a verb ("the
    driver was rude"), a noun with an opinion before it ("great food"), any noun with a determiner ("can't open the
    attachment").
    """
    tokens = [(m.start(), m.end(), m.group().lower().replace("’", "'")) for m in _TOKEN.finditer(clause)]
    for find in (_liked, _subject, _praised, _determined):
        phrase = next(find(tokens), None)
        if phrase is not None:
            return tokens[phrase[0]][0], tokens[phrase[1] - 1][1]
    return None


def _liked(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    for at, (_, _, word) in enumerate(tokens):
        if word in lists.LIKING and not (word in ("like", "liked") and at and tokens[at - 1][2] in _NOT_LIKING):
            yield from _phrase(tokens, at + 1)
        elif word in lists.LIKING_WITH:
            after = at + 1
            while after < len(tokens) and tokens[after][2] in _WITH:
                after += 1
            if after > at + 1:
                yield from _phrase(tokens, after)


def _subject(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    opening = True
    for at in range(len(tokens)):
        if not opening and tokens[at][2] not in lists.DETERMINERS:
            continue
        for start, end in _phrase(tokens, at):
            verb = _after_links(tokens, end)
            if verb < len(tokens) and _is_finite(tokens[verb][2]):
                yield start, end
        opening = opening and tokens[at][2] in lists.ADVERBS


def _after_links(tokens: Sequence[Token], end: int) -> int:
    """Return where a noun phrase's "of …", "in …" and adverbs end."""
    at = end
    while at < len(tokens) and (tokens[at][2] in lists.ADVERBS or tokens[at][2].endswith("ly")):
        at += 1
    if at < len(tokens) and tokens[at][2] in _SUBJECT_LINKS:
        for _, inner in _phrase(tokens, at + 1, also_void=True):
            return _after_links(tokens, inner)
    return at


def _is_finite(word: str) -> bool:
    return word in _FINITE or (word.endswith("ed") and len(word) > len("need")) or word.endswith("n't")


def _praised(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    for at, (_, _, word) in enumerate(tokens):
        if word in lists.OPINIONS:
            yield from _phrase(tokens, at + 1)


def _determined(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    for at, (_, _, word) in enumerate(tokens):
        if word in lists.DETERMINERS and word not in _VAGUE:
            yield from _phrase(tokens, at + 1)


def _phrase(tokens: Sequence[Token], at: int, *, also_void: bool = False) -> Iterator[tuple[int, int]]:
    """Yield the noun phrase that starts here, without its determiners and opinions, if there is one."""
    while at < len(tokens) and (tokens[at][2] in lists.DETERMINERS or tokens[at][2] in _DESCRIBING):
        at += 1
    end = at
    while end < len(tokens) and end - at < _LONGEST and _is_noun(tokens, end, first=end == at):
        end += 1
    if end == at or (end == at + 1 and tokens[at][2] in lists.VOID and not also_void):
        return
    yield at, end


def _is_noun(tokens: Sequence[Token], at: int, *, first: bool) -> bool:
    word = tokens[at][2]
    if word in _NEVER_NOUNS or not word[0].isalpha() or (not first and word in lists.OPINIONS):
        return False
    if word.partition("'")[0] in lists.PRONOUNS:
        return False
    return not word.endswith(("n't", "ly")) and (first or not word.endswith("ed") or len(word) < len("speed") + 1)
