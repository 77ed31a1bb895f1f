"""A document as it is sent, and its whole analysis."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from nlp_service.contracts.questions import Question
from nlp_service.contracts.reasons import ContactReason
from nlp_service.contracts.sentiment import Journey, SentenceResult
from nlp_service.contracts.values import Skipped, Speaker


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said before another did.

    Attributes:
        stage: the stage of the customer's journey, in the caller's own words, e.g. `delivery`.
    """

    speaker: Speaker
    text: str
    at: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A transcript, e-mail, review or survey answer. A plain text is a document of one customer turn."""

    turns: tuple[Turn, ...]
    id: str | None = None
    language: str | None = None
    channel: str | None = None

    @property
    def characters(self) -> int:
        """How long its turns are together."""
        return sum(len(turn.text) for turn in self.turns)


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """The analysis of one document. A feature that wasn't asked for is null; what couldn't be is in `skipped`."""

    id: str | None
    language: Annotated[str, Field(examples=["zh-Hans", "zh-Hant", "en", "und"])]
    reasons: list[ContactReason] | None
    sentences: list[SentenceResult] | None
    journey: Journey | None
    questions: list[Question] | None
    skipped: list[Skipped]
