"""How well each entry of a knowledge base fits a question, as one number an entry.

Sentence vectors of one language lie in a narrow cone, and the cones of two languages lie apart, so that plain cosines
are all high and tell the language better than the meaning. Taking the language's average vector away first mends both
(Mu & Viswanath, "All-but-the-Top", ICLR 2018, here one mean a language and no principal components).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Vectors

BACKGROUNDS = ("zh", "en")
_DECIMALS = 6

Row = NDArray[np.float32]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scoring:
    """What the score depends on besides the knowledge base.

    Attributes:
        backgrounds: average vector, shape (dimension,), of each language in `BACKGROUNDS`.
        centroid_weight: share in [0, 1] of an entry's centroid in its score; the rest is its nearest wording's.
    """

    backgrounds: Mapping[str, Row]
    centroid_weight: float

    def centre(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Unit vectors without their language's average, shape (texts, dimension); zero vectors stay zero."""
        present = vectors.any(axis=1, keepdims=True)
        average = np.stack([self.backgrounds["en" if language == "en" else "zh"] for language in languages])
        return _unit((vectors - average) * present)


class EntryScorer:
    """Scores questions against fixed entries.

    Args:
        vectors: unit vectors of all wordings, entry by entry, shape (wordings, dimension).
        languages: language of each wording.
        sizes: number of wordings of each entry, each at least 1.
    """

    def __init__(self, scoring: Scoring, vectors: Vectors, languages: Sequence[str], sizes: Sequence[int]) -> None:
        self._scoring = scoring
        self._wordings = scoring.centre(vectors, languages)
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._ends = np.cumsum(sizes)
        self._centroids = _unit(np.add.reduceat(self._wordings, self._starts))

    def score(self, vector: Row, language: str) -> tuple[Numbers, Row]:
        """Score of each entry, shape (entries,), and cosine of each wording, shape (wordings,); both in [-1, 1].

        Scores are rounded to 6 decimals, so that entries with the same wordings tie whatever their position.
        """
        return next(self.score_each(vector[None], [language]))

    def score_each(self, vectors: Vectors, languages: Sequence[str]) -> Iterator[tuple[Numbers, Row]]:
        """The same of each question in turn, because a matrix product of several rounds differently with their number.

        Args:
            vectors: shape (questions, dimension); languages: of each.
        """
        share = self._scoring.centroid_weight
        for question in self._scoring.centre(vectors, languages) if len(vectors) else ():
            cosines = self._wordings @ question
            nearest = np.maximum.reduceat(cosines, self._starts)
            scores = (1 - share) * nearest + share * (self._centroids @ question)
            yield scores.astype(np.float64).round(_DECIMALS), cosines

    def nearest_wording(self, cosines: Row, entry: int) -> int:
        """Position, among the entry's wordings, of the one nearest to the question."""
        return int(cosines[self._starts[entry] : self._ends[entry]].argmax())


def features(scores: Numbers) -> Numbers:
    """What an entry's probability is computed from, shape (entries, 2): its score, and its lead over the best other.

    The lead of an only entry is its lead over an unrelated text, whose score is about 0.
    """
    best, rival = best_and_rival(scores)
    rivals = np.full(len(scores), best)
    rivals[scores.argmax()] = rival
    return np.stack([scores, scores - rivals], axis=1)


def best_and_rival(scores: Numbers) -> tuple[float, float]:
    """The highest score and the one after it, 0 if there is none."""
    if len(scores) == 1:
        return float(scores[0]), 0.0
    rival, best = np.partition(scores, len(scores) - 2)[-2:].tolist()
    return best, rival


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit
