"""How a sentence, a text and a conversation feel."""

from nlp_service.tasks.sentiment.aspects import clauses_with_targets
from nlp_service.tasks.sentiment.classifier import Probabilities, SentimentClassifier, by_name, label, score
from nlp_service.tasks.sentiment.journey import ScoredSentence, journey

__all__ = [
    "Probabilities",
    "ScoredSentence",
    "SentimentClassifier",
    "by_name",
    "clauses_with_targets",
    "journey",
    "label",
    "score",
]
