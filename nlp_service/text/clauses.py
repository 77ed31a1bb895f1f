"""A text as sent, split into clauses: the stretches of a sentence that can be judged apart."""

import re
from collections.abc import Iterator
from typing import Final

from nlp_service.text._characters import ATOM
from nlp_service.text.sentences import Span, split_sentences

_MARKS: Final = "，,;；:：…—。！？!?"
# Signs that something was said of something: without one of them before it, a weak break cuts nothing.
_PREDICATE: Final = re.compile(
    r"[很太挺超好极極慢快贵貴差坏壞烂爛脏髒吵臭了过過得]|.[不没沒是有]|非常|特别|特別|比较|比較|有点|有點|不错|不錯"
)
# "not only", "no more than", names of things ("不過關"), and words that only end in the same characters.
_ZH_STRONG: Final = (
    "但是|(?<![不非])但(?![愿願凡])|(?<!只)(?<!再好)不[过過](?![关關敏期])|可是|而且(?!是)|然而|[虽雖]然|儘管"
    "|尽管(?!理)"
)
_ZH_WEAK: Final = "就是|只是|却|卻|倒是|、"
_EN: Final = (
    r"(?<![\w'’-])(?i:but|however|(?:even\s+)?(?:al)?though|whereas|(?<!a\s)(?<!for\s)while(?=\s+(?:the|my|your|our|"
    r"their|his|her|it|they|he|she|we|this|that)\s)|yet(?=\s+(?:the|my|your|our|their|his|her|it|they|he|she|we|i|this|"
    r"that|there)\s))(?![\w'’-])"
)
# "and" parts two clauses where both sides have a verb: "the room and the bath were cold" is one.
_EN_VERB: Final = r"(?:was|were|is|are|has|have|had|does|did|keeps|\w+(?:ed|n't|n’t))"
_EN_SAID: Final = re.compile(rf"\b(?:{_EN_VERB}|love|hate|like|got|took|came|broke)\b", re.IGNORECASE)
_EN_AND: Final = (
    rf"(?<=\s)(?i:and)(?=\s+(?:(?i:the|my|your|our|their|it|they|he|she)\s+(?:\w+\s+){{0,3}}?{_EN_VERB}\b"
    r"|[a-z]{3,}\s+(?:was|is)(?:n't|n’t)?\b))"
)
_BREAK: Final = re.compile(
    rf"(?P<word>{_EN}|{_ZH_STRONG})|(?P<weak>{_ZH_WEAK})|(?P<joint>{_EN_AND})"
    rf"|{ATOM.pattern}"
    rf"|(?P<mark>[{_MARKS}]|\.{{2,}}|(?<=\s)[-–](?=\s))"
)
_EDGE: Final = "\\s\u200b-\u200d\ufeff，,、;；:：…—。．.！？!?~～–\\-\"'“”‘’"
_START: Final = re.compile(f"[{_EDGE}]*+")
_END: Final = re.compile(f"[{_EDGE}]++$")
_WORDED: Final = re.compile(r"[^\W_]")
_LONE_CONNECTIVE: Final = re.compile(rf"(?:(?i:but|however|although|though|yet|and)|{_ZH_STRONG}|{_ZH_WEAK})")
# Before a word of contrast: then it opens the sentence, or a comma has parted already.
_OPENER_ALONE: Final = re.compile(r"[\W_]*+")


def split_clauses(text: str) -> list[Span]:
    """Split a text into clauses: its sentences, cut at commas and the like and before words of contrast.

    Numbers, URLs and placeholders stay whole, and so do nouns in a row ("客服、快递都很好"): "、" and the weaker words
    of contrast (就是, 却) cut only after something that was said already. A word of contrast opens its clause.

    Args:
        text: any string, lone surrogates included.

    Returns:
        Spans in order, not overlapping, each with a letter or digit, none with whitespace or commas, stops and quotes
        at either end. What has no wording (an emoji between commas) is in none.
    """
    return [span for sentence in split_sentences(text) for span in _clauses(text, sentence)]


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    begin = sentence.start
    for found in _BREAK.finditer(text, sentence.start, sentence.end):
        if found.lastgroup is None or (found.lastgroup != "mark" and not _cuts(text, begin, found)):
            continue
        clause = _trimmed(text, begin, found.start())
        if clause is not None:
            yield clause
        begin = found.end() if found.lastgroup == "mark" or found.group() == "、" else found.start()
    clause = _trimmed(text, begin, sentence.end)
    if clause is not None:
        yield clause


def _cuts(text: str, begin: int, found: "re.Match[str]") -> bool:
    before = text[begin : found.start()]
    if _OPENER_ALONE.fullmatch(before):
        return False
    if found.lastgroup == "joint":
        return _EN_SAID.search(before) is not None
    return found.lastgroup == "word" or _PREDICATE.search(before) is not None


def _trimmed(text: str, start: int, end: int) -> Span | None:
    """Return the span without what surrounds a clause, None if nothing with a letter or digit is left."""
    opening = _START.match(text, start, end)
    start = opening.end() if opening else start
    closing = _END.search(text[start:end])
    end = start + closing.start() if closing else end
    if not _WORDED.search(text, start, end) or _LONE_CONNECTIVE.fullmatch(text, start, end):
        return None
    return Span(start, end)
