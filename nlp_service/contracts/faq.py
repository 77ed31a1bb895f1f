"""What the knowledge base says to a question."""

from dataclasses import dataclass, field
from typing import Literal

from nlp_service.contracts.values import Probability, Skipped


@dataclass(frozen=True, slots=True)
class FaqSuggestion:
    """A knowledge-base entry that may answer the question; `question` is its wording nearest to what was asked."""

    id: str
    question: str
    answer: str
    probability: Probability


@dataclass(frozen=True, slots=True)
class FaqResult:
    """Answers suggested for one question, best first."""

    status: Literal["suggested", "no_answer"]
    suggestions: list[FaqSuggestion]
    skipped: list[Skipped] = field(default_factory=list)
