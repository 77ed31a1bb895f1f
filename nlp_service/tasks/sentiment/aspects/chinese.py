"""What a Chinese clause judges: the noun phrase that its predicate is said of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nlp_service.tasks.sentiment.aspects._chinese_words import Kind, kind_of
from nlp_service.text import to_simplified
from nlp_service.text.words import word_spans

_NOMINAL: Final[frozenset[Kind]] = frozenset(("noun", "weak_noun", "attribute", "void"))
_SAID: Final[frozenset[Kind]] = frozenset(("predicate", "adverb"))
_MODIFIERS: Final[frozenset[Kind]] = frozenset(("determiner", "of", "predicate", "noun", "weak_noun", "attribute"))
_FILLERS: Final[frozenset[Kind]] = frozenset(("quantity", "determiner", "particle"))
_HALF: Final = 2
"""Characters of each half of 态度恶劣."""
_HOW: Final = frozenset("很太真挺超好巨贼")
# 裙子和图片不一样 is no judgement of the picture.
_COMPARISON: Final = ("一样", "不同", "不符", "差别", "出入", "一致")
# An event that is followed by one of these tells what happened next, not how the event was: 打开就闪退.
_THEN: Final = frozenset(("就", "才", "又", "再"))

# How well a noun phrase fits, by what follows it and what comes before it; below zero it isn't named at all.
_LIKED: Final = 4.0
_JUDGED: Final = 3.0
_ACTING: Final = 2.0
_LAST: Final = 1.0
_MODIFYING: Final = 0.3
_IS_OBJECT: Final = -1.5
_IS_GOVERNED: Final = -3.0
_IS_WEAK: Final = -2.8
_IS_EVENT: Final = -0.5


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a clause, in Simplified characters, and its offsets there."""

    start: int
    end: int
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words `[first, last]` of a clause that make one noun phrase."""

    first: int
    last: int
    score: float


def targets(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return the spans of what a clause judges: none, one, or several nouns in a row (客服、快递)."""
    phrases = _phrases(words)
    if not phrases:
        return []
    best = max(phrases, key=lambda phrase: (phrase.score, phrase.first))
    if best.score <= 0:
        return []
    chosen = [best]
    if not any(mark in word.text for word in words for mark in _COMPARISON):
        for phrase in reversed(phrases[: phrases.index(best)]):
            if not _joined(words, phrase, chosen[0]):
                break
            chosen.insert(0, phrase)
    return [(words[phrase.first].start, words[phrase.last].end) for phrase in chosen]


def is_topic(words: Sequence[Word]) -> bool:
    """Tell whether a clause names something and says nothing of it: 客服, 你们的快递."""
    kinds = {word.kind for word in words}
    return bool(kinds & {"noun", "event"}) and kinds <= {"noun", "event", "attribute", "determiner", "of", "particle"}


def read(clause: str) -> list[Word]:
    """Return a clause's words with offsets into it; what stands between words but white space is a word of its own."""
    simplified = to_simplified(clause)
    if len(simplified) != len(clause):  # offsets couldn't be mapped back
        simplified = clause
    words: list[Word] = []
    position = 0
    for start, end in [*sorted(word_spans(simplified, guess_unknown=False)), (len(simplified), len(simplified))]:
        between = simplified[position:start]
        if between.strip():
            words.append(Word(position, start, between, "conjunction" if between.strip() == "、" else _kind(between)))
        words += [Word(a, b, simplified[a:b], kind_of(simplified[a:b])) for a, b in _parts(simplified, start, end)]
        position = end
    return words


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return a word's span, or two if the dictionary took a noun and what is said of it for one word (态度恶劣)."""
    middle = start + _HALF
    if end == middle + _HALF and kind_of(text[start:middle]) == "noun" and kind_of(text[middle:end]) == "predicate":
        return [(start, middle), (middle, end)]
    return [(start, end)] if start < end else []


def _kind(between: str) -> Kind:
    return "quantity" if any(character.isdigit() for character in between) else "other"


def _phrases(words: Sequence[Word]) -> list[_Phrase]:
    phrases: list[_Phrase] = []
    at = 0
    while at < len(words):
        first = at
        while at < len(words) and _is_nominal(words, at, first):
            at += 1
        if at > first:
            phrase = _scored(words, first, at - 1, has_subject=any(phrase.score >= _ACTING for phrase in phrases))
            if phrase is not None:
                phrases.append(phrase)
        else:
            at += 1
    return phrases


def _is_nominal(words: Sequence[Word], at: int, first: int) -> bool:
    word = words[at]
    before = words[at - 1].kind if at else None
    if word.kind in _NOMINAL:
        # 很水, 太垃圾: a noun after an adverb of degree says how something is.
        return not (at == first and before == "adverb" and words[at - 1].text in _HOW)
    if word.kind == "event":
        return _names_event(words, at, before)
    return False


def _names_event(words: Sequence[Word], at: int, before: Kind | None) -> bool:
    after = next((word for word in words[at + 1 :] if word.kind != "quantity"), None)
    if after is None:
        return before in ("of", "predicate", "determiner") and at == len(words) - 1
    if after.kind not in _SAID or after.text in _THEN:
        return False
    return before is None or before in _MODIFIERS or before in ("quantity", "event")


def _scored(words: Sequence[Word], first: int, last: int, *, has_subject: bool) -> _Phrase | None:
    while first <= last and words[first].kind == "void":
        first += 1
    while first <= last and words[last].kind in ("void", "attribute"):
        last -= 1
    if first > last:
        return None
    kinds = {word.kind for word in words[first : last + 1]}
    score = _by_what_follows(words, last)
    if score > _MODIFYING and _is_liked(words, first):
        score = _LIKED
    score += _by_what_precedes(words, first, has_subject)
    if kinds <= {"weak_noun", "attribute"}:
        score += _IS_WEAK
    if kinds == {"event"}:
        score += _IS_EVENT
    return _Phrase(first, last, score)


def _is_liked(words: Sequence[Word], first: int) -> bool:
    """Tell whether a verb of liking comes before, with at most a possessor between them: 喜欢你们店的甜点."""
    possessor = False
    for word in reversed(words[:first]):
        if word.kind == "liking":
            return True
        if word.kind not in _FILLERS and word.kind != "of" and not (possessor and word.kind in _NOMINAL):
            return False
        possessor = possessor or word.kind == "of"
    return False


def _by_what_follows(words: Sequence[Word], last: int) -> float:
    after = next((word for word in words[last + 1 :] if word.kind not in _FILLERS), None)
    if after is None:
        return _LAST
    if after.kind == "of":
        return _MODIFYING
    return _JUDGED if after.kind in _SAID or after.kind in ("preposition", "conjunction", "liking") else _ACTING


def _by_what_precedes(words: Sequence[Word], first: int, has_subject: bool) -> float:
    before = next((word for word in reversed(words[:first]) if word.kind not in _FILLERS), None)
    if before is None:
        return 0.0
    if before.kind == "preposition":
        return _IS_GOVERNED
    if before.kind in ("verb", "event") and has_subject:
        return _IS_OBJECT
    return 0.0


def _joined(words: Sequence[Word], left: _Phrase, right: _Phrase) -> bool:
    return right.first - left.last == 2 and words[left.last + 1].kind == "conjunction" and left.score > 0
