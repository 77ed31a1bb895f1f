"""Raw string to sentences, and sentence to the one string that the encoder reads. Pure functions."""

from nlp_service.text.clauses import split_clauses
from nlp_service.text.cleaning import clean, is_visible
from nlp_service.text.emoji import without_emoji
from nlp_service.text.essence import canonical, essence
from nlp_service.text.language import Language, detect_language
from nlp_service.text.masks import without_masks
from nlp_service.text.ngrams import BUCKETS, NGRAMS_VERSION, Bags, bags_of, ngrams, ngrams_of
from nlp_service.text.preparation import PREPARATION_VERSION, prepare
from nlp_service.text.redaction import REDACTION_VERSION, redact
from nlp_service.text.script import to_simplified, to_traditional
from nlp_service.text.sentences import Span, split_sentences

__all__ = [
    "BUCKETS",
    "NGRAMS_VERSION",
    "PREPARATION_VERSION",
    "REDACTION_VERSION",
    "Bags",
    "Language",
    "Span",
    "bags_of",
    "canonical",
    "clean",
    "detect_language",
    "essence",
    "is_visible",
    "ngrams",
    "ngrams_of",
    "prepare",
    "redact",
    "split_clauses",
    "split_sentences",
    "to_simplified",
    "to_traditional",
    "without_emoji",
    "without_masks",
]
