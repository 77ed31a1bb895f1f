"""Questions in the same words, or nearly, merged: a popular wording is clustered once and counted often."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import QuestionItem, Vectors
from nlp_service.tasks.questions.wording.near_repeats import leaders
from nlp_service.text import canonical


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
