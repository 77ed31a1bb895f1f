"""A text without its personal data."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from nlp_service.contracts.values import Offset, PersonalData


@dataclass(frozen=True, slots=True)
class RedactedSpan:
    """Where personal data was in the text as sent, and what it was."""

    start: Offset
    end: Offset
    type: PersonalData


@dataclass(frozen=True, slots=True)
class RedactedText:
    """A text with tags in the place of personal data, and the spans they stand for, in order, none over another."""

    text: Annotated[str, Field(description="with `[PHONE]`, `[EMAIL]`, … in the place of each span")]
    spans: list[RedactedSpan]
