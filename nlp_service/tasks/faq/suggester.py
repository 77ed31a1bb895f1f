"""Suggests the knowledge base's answers to customers' questions."""

from collections.abc import Sequence

import numpy as np

from nlp_service.contracts import FaqResult, FaqSuggestion, Vectors
from nlp_service.errors import ConfigurationError
from nlp_service.tasks.faq.calibration import Calibration
from nlp_service.tasks.faq.entries import Entry, wordings
from nlp_service.tasks.faq.scoring import EntryScorer, Numbers, Row
from nlp_service.text import detect_language

_DECIMALS = 6
_ANY_OTHER = "und"


class FaqSuggester:
    """Answers from a fixed knowledge base; safe to use from several threads.

    Args:
        entries: at least one.
        vectors: unit vectors of `wordings(entries)`, in order, shape (wordings, dimension).

    Raises:
        ConfigurationError: if there is no entry, or the vectors don't fit the wordings or the calibration.
    """

    def __init__(self, entries: Sequence[Entry], vectors: Vectors, calibration: Calibration) -> None:
        asked = wordings(entries)
        dimension = len(calibration.scoring.backgrounds["zh"])
        if not entries or vectors.shape != (len(asked), dimension):
            raise ConfigurationError(
                f"{len(entries)} entries with {len(asked)} wordings need vectors of shape ({len(asked)}, {dimension}), "
                f"not {vectors.shape}"
            )
        languages = [detect_language(text) for text in asked]
        sizes = [len(entry.questions) for entry in entries]
        self._entries = tuple(entries)
        self._answers = [_answers(entry) for entry in entries]
        self._place_by_id = np.argsort(np.argsort([entry.id for entry in entries]))
        self._scorer = EntryScorer(calibration.scoring, vectors, languages, sizes)
        self._calibration = calibration

    def suggest(self, vectors: Vectors, languages: Sequence[str], top_k: int) -> list[FaqResult]:
        """Suggest answers, one result a row; a row's result doesn't depend on the other rows.

        Args:
            vectors: unit vectors of the questions, shape (questions, dimension).
            languages: language of each question, as `detect_language` names them.
            top_k: most suggestions a question, at least 1.

        Returns:
            Suggestions best first, equally good ones by id, none of them when the best isn't probable enough or the
            vector is zero. Probabilities are rounded to 6 decimals.
        """
        scored = self._scorer.score_each(vectors, languages)
        rows = zip(scored, [bool(vector.any()) for vector in vectors], languages, strict=True)
        return [
            self._suggest(scores, cosines, language, top_k)
            if is_there and round(self._calibration.best(scores), _DECIMALS) >= self._calibration.threshold
            else FaqResult(status="no_answer", suggestions=[])
            for (scores, cosines), is_there, language in rows
        ]

    def _suggest(self, scores: Numbers, cosines: Row, language: str, top_k: int) -> FaqResult:
        probabilities = np.round(self._calibration.probabilities(scores), _DECIMALS)
        ranking = np.lexsort((self._place_by_id, -scores))
        suggestions = [
            FaqSuggestion(
                id=self._entries[entry].id,
                question=self._entries[entry].questions[self._scorer.nearest_wording(cosines, entry)],
                answer=self._answers[entry].get(language, self._answers[entry][_ANY_OTHER]),
                probability=float(probabilities[entry]),
            )
            for entry in ranking[:top_k].tolist()
        ]
        return FaqResult(status="suggested", suggestions=suggestions)


def _answers(entry: Entry) -> dict[str, str]:
    """The entry's answer for askers in each language: the first in it, for Chinese else the first in the other script.

    Where there is neither, English askers get the first of all, others the first that isn't English if there is one.
    """
    first: dict[str, str] = {}
    for answer in entry.answers:
        first.setdefault(detect_language(answer), answer)
    other = next((answer for language, answer in first.items() if language != "en"), entry.answers[0])
    return {
        "en": first.get("en", entry.answers[0]),
        "zh-Hans": first.get("zh-Hans") or first.get("zh-Hant", other),
        "zh-Hant": first.get("zh-Hant") or first.get("zh-Hans", other),
        _ANY_OTHER: other,
    }
