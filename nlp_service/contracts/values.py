"""What records of every subject are made of: closed sets of labels, numbers with their bounds, what was skipped."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import Field

Speaker = Literal["customer", "agent", "system"]
Feature = Literal["reasons", "sentiment", "questions", "faq"]
FEATURES: tuple[Feature, ...] = ("reasons", "sentiment", "questions", "faq")
Sentiment = Literal["negative", "neutral", "positive"]
SENTIMENTS: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
Emotion = Literal["anger", "worry", "disappointment", "sadness", "gratitude", "joy", "surprise"]
EMOTIONS: tuple[Emotion, ...] = ("anger", "worry", "disappointment", "sadness", "gratitude", "joy", "surprise")
Kind = Literal["enquiry", "request", "complaint", "suggestion", "statement", "courtesy"]
KINDS: tuple[Kind, ...] = ("enquiry", "request", "complaint", "suggestion", "statement", "courtesy")
Event = Literal["born", "grown", "shrunk", "merged", "split", "steady"]
QUESTION_KINDS: frozenset[Kind] = frozenset({"enquiry", "request"})

PersonalData = Literal[
    "phone", "email", "id_number", "bank_card", "order_number", "url", "ip", "licence_plate", "address", "name"
]
PERSONAL_DATA: tuple[PersonalData, ...] = get_args(PersonalData)

Probability = Annotated[float, Field(ge=0, le=1)]
Score = Annotated[float, Field(ge=-1, le=1, description="P(positive) - P(negative)")]
Offset = Annotated[int, Field(ge=0, description="code points into the text as sent")]
TurnIndex = Annotated[int, Field(ge=0, description="index of the turn; 0 for a plain text")]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Says what was not analysed, and why."""

    feature: Annotated[str, Field(examples=["reasons"])]
    reason: Annotated[str, Field(examples=["text_empty"])]
