"""Questions in the same words, merged into one group, so that a popular wording is clustered once and counted often."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import QuestionItem, Vectors
from nlp_service.text import clean, to_simplified

# What masking left ([订单x], #E-s[数字x], one inside another) and a chat client's stickers ([微笑]).
_MASK: Final = re.compile(r"(?:#[A-Za-z0-9-]{1,8})?\[[^\[\]\n]{0,60}\]")
_DEEPEST_MASK: Final = 3
_URL: Final = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)
HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
_NO_WORDING: Final = re.compile(r"[\W_]+")
SPACE_AT_HAN: Final = re.compile(f"(?<=[{HAN}]) | (?=[{HAN}])")


@dataclass(frozen=True, slots=True)
class Group:
    """Questions in the same words.

    Attributes:
        key: the wording in canonical form.
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


def without_masks(text: str) -> str:
    """Return the cleaned text with a space in the place of URLs and of what masking left."""
    text = _URL.sub(" ", clean(text))
    for _ in range(_DEEPEST_MASK):
        text = _MASK.sub(" ", text)
    return text


def canonical(text: str) -> str:
    """Return the words of a text: Simplified, lower case, no punctuation, no masked data; "" if no word is left."""
    words = _NO_WORDING.sub(" ", to_simplified(without_masks(text)).lower()).strip()
    return SPACE_AT_HAN.sub("", words)


def group_repeats(questions: Sequence[QuestionItem], vectors: Vectors) -> list[Group]:
    """Merge questions of the same canonical wording.

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
    groups = (_group(key, rows, questions, vectors) for key, rows in sorted(rows_by_key.items()))
    return [group for group in groups if group.vector.any()]


def unit_rows(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale the rows, shape (..., dimension), to unit length; rows that are zero but for rounding become zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float64] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-6)
    return scaled


def _group(key: str, rows: list[int], questions: Sequence[QuestionItem], vectors: Vectors) -> Group:
    # A float sum depends on its order: sort by what is added.
    ordered = vectors[rows].astype(np.float64)
    ordered = ordered[np.lexsort(ordered.T)] if len(rows) > 1 else ordered
    counts = Counter(questions[row].text for row in rows)
    text = min(counts, key=lambda written: (-counts[written], written))
    return Group(key, text, tuple(rows), unit_rows(ordered.sum(axis=0)).astype(np.float32))
