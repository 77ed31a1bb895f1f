"""Raw string to sentences, and sentence to the one string that the encoder reads. Pure functions."""

from nlp_service.text.cleaning import clean
from nlp_service.text.language import Language, detect_language
from nlp_service.text.preparation import PREPARATION_VERSION, prepare
from nlp_service.text.script import to_simplified
from nlp_service.text.sentences import Span, split_sentences

__all__ = [
    "PREPARATION_VERSION",
    "Language",
    "Span",
    "clean",
    "detect_language",
    "prepare",
    "split_sentences",
    "to_simplified",
]
