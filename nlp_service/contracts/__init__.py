"""The records that travel between the rooms, and the seams (Protocols) where a room can be exchanged.

Records are frozen dataclasses; the result records are the HTTP response shapes as well, so each shape exists once.
Offsets are half-open `[start, end)` in Unicode code points of the text as sent.
"""

from nlp_service.contracts.documents import Document, DocumentResult, Turn
from nlp_service.contracts.embedding import Encoder, Ngrams, Vector, VectorCache, Vectors
from nlp_service.contracts.faq import FaqResult, FaqSuggestion
from nlp_service.contracts.models import EncoderInfo, ModelInfo
from nlp_service.contracts.questions import (
    Cluster,
    Clustering,
    GoneCluster,
    Progress,
    Question,
    QuestionItem,
    ShareChange,
    Theme,
    unobserved,
)
from nlp_service.contracts.reasons import ContactReason, Evidence, ReasonNode
from nlp_service.contracts.redaction import RedactedSpan, RedactedText
from nlp_service.contracts.sentiment import Aspect, Journey, Moment, Overall, SentenceResult, TextSentiment
from nlp_service.contracts.values import (
    EMOTIONS,
    FEATURES,
    KINDS,
    PERSONAL_DATA,
    QUESTION_KINDS,
    SENTIMENTS,
    Emotion,
    Event,
    Feature,
    Kind,
    Offset,
    PersonalData,
    Probability,
    Score,
    Sentiment,
    Skipped,
    Speaker,
    TurnIndex,
)

__all__ = [
    "EMOTIONS",
    "FEATURES",
    "KINDS",
    "PERSONAL_DATA",
    "QUESTION_KINDS",
    "SENTIMENTS",
    "Aspect",
    "Cluster",
    "Clustering",
    "ContactReason",
    "Document",
    "DocumentResult",
    "Emotion",
    "Encoder",
    "EncoderInfo",
    "Event",
    "Evidence",
    "FaqResult",
    "FaqSuggestion",
    "Feature",
    "GoneCluster",
    "Journey",
    "Kind",
    "ModelInfo",
    "Moment",
    "Ngrams",
    "Offset",
    "Overall",
    "PersonalData",
    "Probability",
    "Progress",
    "Question",
    "QuestionItem",
    "ReasonNode",
    "RedactedSpan",
    "RedactedText",
    "Score",
    "SentenceResult",
    "Sentiment",
    "ShareChange",
    "Skipped",
    "Speaker",
    "TextSentiment",
    "Theme",
    "Turn",
    "TurnIndex",
    "Vector",
    "VectorCache",
    "Vectors",
    "unobserved",
]
