"""Figures of the challenge set, and the rows that failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.challenge.rows import MORE_NEGATIVE, NO_EMOTION, SAME, Change, Feeling
from evaluation.metrics import by_label, classification
from nlp_service.contracts import SentenceResult, TextSentiment
from nlp_service.text import detect_language

WEAK = 0.70
"""A phenomenon with a lower accuracy is flagged."""
TOLERANCE = 0.02
"""How far a score may move against the expected direction and still count as not having moved."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the service said of a text; where it found nothing to judge, labels are None and the score is 0.

    Attributes:
        sentiment, kind: of the decisive sentence.
        emotion, label, score: of the whole text.
    """

    sentiment: str | None
    kind: str | None
    emotion: str
    label: str | None
    score: float


def said(result: TextSentiment) -> Said:
    """What of an answer is scored."""
    sentence = decisive(result.sentences)
    return Said(
        sentiment=sentence.sentiment if sentence else None,
        kind=sentence.kind if sentence else None,
        emotion=(result.overall.emotion if result.overall else None) or NO_EMOTION,
        label=result.overall.sentiment if result.overall else None,
        score=result.overall.score if result.overall else 0.0,
    )


def decisive(sentences: Sequence[SentenceResult]) -> SentenceResult | None:
    """Where a row is split into several sentences: the one that feels most and isn't courtesy, if there is one."""
    return max(sentences, key=lambda sentence: (sentence.kind != "courtesy", abs(sentence.score)), default=None)


def feeling_figures(rows: Sequence[Feeling], answers: Sequence[Said]) -> dict[str, Any]:
    """Figures by label, phenomenon and language (Chinese by script); of emotions if the rows have them."""
    figures: dict[str, Any] = {name: by_label(*columns) for name, columns in _columns(rows, answers).items()}
    figures["by phenomenon"] = _grouped(rows, answers, lambda row: row.phenomenon)
    figures["by language"] = _grouped(rows, answers, lambda row: detect_language(row.text))
    return figures


def summary(rows: Sequence[Feeling], answers: Sequence[Said]) -> dict[str, Any]:
    """Accuracy and macro-F1 of each label over all rows."""
    figures: dict[str, Any] = {"rows": len(rows)}
    for name, columns in _columns(rows, answers).items():
        overall = classification(*columns)
        figures |= {name: overall["accuracy"], f"{name} macro_f1": overall["macro_f1"]}
    return figures


def weak(phenomena: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """The phenomena whose accuracy is below `WEAK`, the weakest first, from `feeling_figures`' "by phenomenon"."""
    return {
        label: sorted((name for name, row in phenomena.items() if row[label] < WEAK), key=lambda n: phenomena[n][label])
        for label in ("sentiment", "kind")
    }


def change_figures(rows: Sequence[Change], before: Sequence[Said], after: Sequence[Said]) -> dict[str, Any]:
    """Invariance and direction over all changes and by phenomenon.

    Invariance: the share of texts that keep their label, and the mean distance between the two scores.
    Direction: `right` is the share whose score moved as expected by at least 0, up to `TOLERANCE` against it allowed
    (as CheckList does), `moved` the share beyond `TOLERANCE` in the expected direction, `mean_change` the
    mean change counted positive in that direction.
    """
    pairs = list(zip(rows, before, after, strict=True))

    def table(chosen: list[tuple[Change, Said, Said]], measure: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        names = sorted({row.phenomenon for row, _, _ in chosen})
        groups = {name: [pair for pair in chosen if pair[0].phenomenon == name] for name in names}
        return {"all": measure(chosen), **{name: measure(group) for name, group in groups.items()}} if chosen else {}

    return {
        "invariance": table([pair for pair in pairs if pair[0].expect == SAME], _invariance),
        "direction": table([pair for pair in pairs if pair[0].expect != SAME], _direction),
    }


def failed_feelings(name: str, rows: Sequence[Feeling], answers: Sequence[Said]) -> list[dict[str, Any]]:
    """The rows with a wrong label: what was expected and what was said of those labels."""
    failures = []
    for row, answer in zip(rows, answers, strict=True):
        truth = {"sentiment": row.sentiment, "kind": row.kind, "emotion": row.emotion}
        given = {"sentiment": answer.sentiment, "kind": answer.kind, "emotion": answer.emotion}
        wrong = [label for label, value in truth.items() if value is not None and given[label] != value]
        if wrong:
            failures.append(
                {
                    "set": name,
                    "phenomenon": row.phenomenon,
                    "text": row.text,
                    "expected": {label: truth[label] for label in wrong},
                    "said": {label: given[label] for label in wrong},
                    "score": answer.score,
                }
            )
    return failures


def failed_changes(rows: Sequence[Change], before: Sequence[Said], after: Sequence[Said]) -> list[dict[str, Any]]:
    """The changes that changed a label, or moved a score against the direction."""
    return [
        {
            "set": "changes",
            "phenomenon": row.phenomenon,
            "text": row.text,
            "changed": row.changed,
            "expected": row.expect,
            "said": [one.label, other.label],
            "score": [one.score, other.score],
        }
        for row, one, other in zip(rows, before, after, strict=True)
        if not (one.label == other.label if row.expect == SAME else _moved(row, one, other) >= -TOLERANCE)
    ]


def _columns(rows: Sequence[Feeling], answers: Sequence[Said]) -> dict[str, tuple[list[str], list[str | None]]]:
    """Truth and answers of each label that the rows have."""
    columns: dict[str, tuple[list[str], list[str | None]]] = {
        "sentiment": ([row.sentiment for row in rows], [answer.sentiment for answer in answers]),
        "kind": ([row.kind for row in rows], [answer.kind for answer in answers]),
    }
    emotions = [row.emotion for row in rows if row.emotion is not None]
    return columns | ({"emotion": (emotions, [answer.emotion for answer in answers])} if emotions else {})


def _grouped(
    rows: Sequence[Feeling], answers: Sequence[Said], name: Callable[[Feeling], str]
) -> dict[str, dict[str, Any]]:
    columns = _columns(rows, answers)
    groups: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        groups.setdefault(name(row), []).append(number)
    return {
        group: {
            "rows": len(chosen),
            **{label: sum(a[k] == b[k] for k in chosen) / len(chosen) for label, (a, b) in columns.items()},
        }
        for group, chosen in sorted(groups.items())
    }


def _invariance(pairs: Sequence[tuple[Change, Said, Said]]) -> dict[str, Any]:
    return {
        "rows": len(pairs),
        "same_label": float(np.mean([before.label == after.label for _, before, after in pairs])),
        "mean_difference": float(np.mean([abs(after.score - before.score) for _, before, after in pairs])),
    }


def _direction(pairs: Sequence[tuple[Change, Said, Said]]) -> dict[str, Any]:
    moves = np.array([_moved(*pair) for pair in pairs])
    return {
        "rows": len(pairs),
        "right": float(np.mean(moves >= -TOLERANCE)),
        "moved": float(np.mean(moves > TOLERANCE)),
        "mean_change": float(np.mean(moves)),
    }


def _moved(row: Change, before: Said, after: Said) -> float:
    """How far the score moved in the expected direction."""
    return (after.score - before.score) * (-1 if row.expect == MORE_NEGATIVE else 1)
