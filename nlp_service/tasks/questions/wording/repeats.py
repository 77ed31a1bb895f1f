"""Questions in the same words, or nearly, merged: a popular wording is clustered once and counted often."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import QuestionItem, Vectors
from nlp_service.tasks.questions.wording.courtesy import without_courtesy
from nlp_service.tasks.questions.wording.near_repeats import leaders
from nlp_service.text import clean, to_simplified, without_emoji

HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
# Stands for what is taken out; no letter, digit or space, so that what is left on either side doesn't run together.
_HOLE: Final = "\ufffc"
# What masking left ([订单x], #E-s[数字x], one inside another, [PHONE_1]; {{order number}}, <PHONE>, 138****5678) and a
# chat client's stickers ([微笑], [doge]). What else is in brackets was written by the customer: [iPhone 15].
_MASK: Final = re.compile(
    rf"(?:#[A-Za-z0-9-]{{1,8}})?\[(?:[{HAN}]{{1,4}}|[A-Z]+(?:_[A-Z\d]+)*|[a-z]+(?:_[a-z\d]+)*"
    rf"|[^\[\]\n]{{0,60}}(?:(?<=[{HAN}])[xX]|{_HOLE}[^\[\]\n]{{0,60}}))\]"
    r"|\{\{[^{}\n]{1,60}\}\}|<[A-Z][A-Z_]{1,30}>|(?<!\d)\d{2,}+(?:\*{2,}|[xX]{3,})\d*+|\*{3,}"
)
_DEEPEST_MASK: Final = 3
_URL: Final = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)
# Where a name in Chinese begins can't be told; most given names have one or two characters.
_EMAIL: Final = re.compile(
    rf"(?:[A-Za-z0-9._%+-]{{1,64}}|[{HAN}]{{1,2}})@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}}){{1,4}}"
)
# Order and tracking numbers, telephone and identity numbers, the last perhaps with an X at the end. In this order: at
# least four digits of what is called a number; six of what is called a code; letters and digits mixed, more of them
# than in the name of a model (1Z999AA10123456784); digits between dots; any seven digits, in groups or not, that are
# neither a date nor an amount, with the letters before them (SF1234567890, ORD-2024-000123).
_NUMBER: Final = re.compile(
    r"(?:(?:(?<=[单單编編][号號])|(?<=number)|(?<=number is)|(?<=order)|#)[\s:#是]{0,3}[A-Za-z]{0,4}\d{4,}+(?:-\d+)*+"
    r"|(?:(?<=[码碼])|(?<=code)|(?<=code is))[\s:是]{0,3}\d{6}(?!\d)"
    r"|(?<![A-Za-z0-9])(?!\d+x)(?=\d*+[A-Z]++\d)(?=(?:[A-Z]*+\d){8})[A-Z\d]{12,}+"
    r"|(?<![A-Za-z0-9¥$€£满滿])(?<!\d[.-])(?:(?:\+\d{1,3}[ .·-]?)?\d{2,4}[.·]\d{3,4}[.·]\d{4}(?!\d)"
    r"|(?!(?:19|20)\d\d[-/.]\d)\+?(?:[A-Za-z]{2,5}-|[A-Za-z]{0,4})(?=(?:[() -]{0,2}\d){7})"
    r"\(?\d(?:[\d()]|[- ](?=[\d(])){6,40}+(?<=\d)"
    r"(?!\d|\s?(?:[元块塊]|[萬万](?!一)|千(?![萬万])|rmb|usd|dollars))))(?:(?<=\d{17})x)?",
    re.IGNORECASE,
)
# What stands before a number that has been taken out, in Simplified characters.
_NUMBERED: Final = re.compile(
    rf"(?:(?:订单|运单|快递|物流|商品)?(?:编号|单号|号码|号)|\b(?:order|tracking) (?:number|no|id))[\s:#.是为]*{_HOLE}",
    re.IGNORECASE,
)
_FEWEST_TAKEN: Final = 2
# Signs that are words: C++ and C#, -5℃, $50 and 50%. In full width, courtesy does not take them for punctuation.
_SIGN: Final = re.compile(r"(?<=[A-Za-z])[+#]+|(?<![A-Za-z0-9])-(?=\d)|[$€£¥](?=\d)|(?<=\d)[%$€£¥]")
_SIGNS: Final = "－＋＃％＄€￡￥"
_AS_SIGN: Final = str.maketrans("-+#%$€£¥", _SIGNS)
_AS_WRITTEN: Final = str.maketrans(_SIGNS, "-+#%$€£¥")
_NO_WORDING: Final = re.compile(rf"[^\w{_SIGNS}]+|_+")
SPACE_AT_HAN: Final = re.compile(f"(?<=[{HAN}]) | (?=[{HAN}])")


@dataclass(frozen=True, slots=True)
class Group:
    """Questions in the same words, or nearly.

    Attributes:
        key: the most frequent wording in canonical form.
        text: the way in which it was most often written, as sent.
        rows: positions of the questions in the request, ascending.
        vector: mean direction of the questions' vectors, shape (dimension,), unit length.
    """

    key: str
    text: str
    rows: tuple[int, ...]
    vector: NDArray[np.float32]

    @property
    def size(self) -> int:
        return len(self.rows)


def without_masks(text: str, hole: str = " ") -> str:
    """Return the cleaned text with a hole in the place of what tells no two questions apart.

    That is what masking left, URLs, e-mail addresses, and numbers of orders, parcels and telephones that nobody masked.
    """
    text = _EMAIL.sub(_HOLE, _URL.sub(_HOLE, clean(text)))
    for _ in range(_DEEPEST_MASK):
        text, count = _MASK.subn(_HOLE, text)
        if not count:
            break
    return _NUMBER.sub(_HOLE, text).replace(_HOLE, hole)


def canonical(text: str) -> str:
    """Return what a text asks, to be compared: "" if no word is left.

    Simplified, lower case, no punctuation but signs that are words (C++, -5, 50%), nothing masked, no order numbers;
    greetings and politeness only if nothing else is there.
    """
    signed = _SIGN.sub(lambda sign: sign.group().translate(_AS_SIGN), to_simplified(without_masks(text)))
    words = _NO_WORDING.sub(" ", without_courtesy(signed).lower()).strip()
    return SPACE_AT_HAN.sub("", words).translate(_AS_WRITTEN)


def essence(text: str) -> str:
    """Return the cleaned text, Simplified, without what says nothing about why a customer writes.

    That is emoji, what masking left, order numbers, and courtesy at its ends. A text of nothing else stays as it is,
    and so does one that would lose a letter at most: what is left would be read alike.
    """
    plain = without_emoji(text)
    left = _NUMBERED.sub(_HOLE, to_simplified(without_masks(plain, _HOLE)))
    left = without_courtesy(left).replace(_HOLE, " ")
    letters, kept = (sum(map(str.isalnum, some)) for some in (text, left))
    return left if kept and (letters - kept >= _FEWEST_TAKEN or plain != text) else text


def group_repeats(questions: Sequence[QuestionItem], vectors: Vectors) -> list[Group]:
    """Merge questions of the same canonical wording, and wordings that nearly repeat a more frequent one.

    Args:
        questions: n questions.
        vectors: shape (n, dimension), unit rows, or zeros for a text without tokens.

    Returns:
        Groups by ascending key, the same whatever the order of the questions is. Questions without a word (emoji,
        masked data only) or without a vector are in none.
    """
    rows_by_key: defaultdict[str, list[int]] = defaultdict(list)
    for row, question in enumerate(questions):
        rows_by_key[canonical(question.text)].append(row)
    rows_by_key.pop("", None)
    exact = [_group(key, rows, questions, vectors) for key, rows in sorted(rows_by_key.items())]
    exact = [group for group in exact if group.vector.any()]
    leader = leaders([group.key for group in exact], [group.size for group in exact], [group.vector for group in exact])
    rows_by_leader: defaultdict[int, list[int]] = defaultdict(list)
    for position, group in zip(leader, exact, strict=True):
        rows_by_leader[position].extend(group.rows)
    return [
        one if one.size == len(rows) else _group(one.key, sorted(rows), questions, vectors)
        for one, rows in ((exact[position], rows) for position, rows in sorted(rows_by_leader.items()))
    ]


def unit_rows(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale the rows, shape (..., dimension), to unit length; rows that are zero but for rounding become zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float64] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-6)
    return scaled


def _group(key: str, rows: list[int], questions: Sequence[QuestionItem], vectors: Vectors) -> Group:
    if len(rows) == 1:
        return Group(key, questions[rows[0]].text, (rows[0],), np.asarray(vectors[rows[0]], dtype=np.float32))
    # A float sum depends on its order: sort by what is added.
    ordered = vectors[rows].astype(np.float64)
    ordered = ordered[np.lexsort(ordered.T)]
    counts = Counter(questions[row].text for row in rows)
    text = min(counts, key=lambda written: (-counts[written], written))
    return Group(key, text, tuple(rows), unit_rows(ordered.sum(axis=0)).astype(np.float32))
