"""Words of a question, Chinese and English, and the terms they form, with the form in which they were written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nlp_service.tasks.questions.wording.stop_words import BINDING_CHARACTERS, STOP_WORDS, TELLING_CHARACTERS
from nlp_service.text import to_simplified, without_masks
from nlp_service.text.words import word_spans

# Where jieba's dictionary would join or cut what customers mean: 没收|到, 开发|票, 退|货运费, 发错|货.
_BOUNDARY: Final = re.compile(
    "(?<=没)(?=收[到货])|(?<=开)(?=发?票)|(?<=退货)(?=运费)|(?<=下)(?=单)|(?<=没)(?=到货)|(?<=[催改退换查])(?=下)"
)
_CHARACTERS: Final = TELLING_CHARACTERS | BINDING_CHARACTERS
_LONGEST_READ: Final = 600
_ENGLISH_PLURAL: Final = re.compile(r"(?:(?<=[a-z]{2})ies|(?<=[a-z]{2}[^siu])s|['’]s)$")


@dataclass(frozen=True, slots=True)
class Term:
    """A telling word, or two in a row.

    Attributes:
        plain: Simplified, or lower-case and singular: the form in which terms are counted.
        written: form as written, in lower case.
        parts: plain forms of its words: one or two.
    """

    plain: str
    written: str
    parts: tuple[str, ...]


def words(text: str) -> Iterator[tuple[str, str]]:
    """Yield each telling word as (plain form, form as written); stop words are left out.

    A single Chinese character is left out unless it tells something by itself.
    """
    for term in terms(text):
        if len(term.parts) == 1:
            yield term.plain, term.written


def terms(text: str) -> list[Term]:
    """Return the telling words of a text, and the pairs of neighbours that may be one term, in order.

    A single character that says what is done (开, 查) is a part of pairs only: 开发票, 查物流.
    """
    written = without_masks(text[:_LONGEST_READ])
    simplified = to_simplified(written)
    # OpenCC replaces characters one by one in nearly every text; where it doesn't, offsets can't be mapped back.
    surface = (written if len(written) == len(simplified) else simplified).lower()
    simplified = simplified.lower()
    found: list[Term] = []
    before: tuple[int, int] | None = None
    for start, end in sorted(_spans(simplified)):
        word = _singular(simplified[start:end])
        if word in STOP_WORDS or (len(word) == 1 and word not in _CHARACTERS):
            before = None
            continue
        if before and len(word) > 1 and _adjoin(simplified[before[1] - 1 : start + 1]):
            first = _singular(simplified[before[0] : before[1]])
            gap = simplified[before[1] : start]
            found.append(Term(first + gap + word, surface[before[0] : end], (first, word)))
        if len(word) > 1 or word in TELLING_CHARACTERS:
            found.append(Term(word, surface[start:end], (word,)))
        before = (start, end)
    return found


def _spans(simplified: str) -> Iterator[tuple[int, int]]:
    """Yield where the words are; a wrong joint of jieba's is cut."""
    offset = 0
    for piece in _BOUNDARY.split(simplified):
        for start, end in word_spans(piece):
            yield offset + start, offset + end
        offset += len(piece)


def _adjoin(gap: str) -> bool:
    """Whether two words follow each other, given what is between them and a character on either side."""
    return len(gap) == 2 or (len(gap) == 3 and gap[1] in " -" and (gap[0].isascii() or gap[2].isascii()))


def _singular(word: str) -> str:
    return _ENGLISH_PLURAL.sub(lambda ending: "y" if ending.group() == "ies" else "", word) if word.isascii() else word
