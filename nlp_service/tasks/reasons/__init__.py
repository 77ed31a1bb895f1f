"""Why customers make contact: sentences, texts and conversations on the taxonomy's tree."""

from nlp_service.tasks.reasons.classifier import OUT_OF_SCOPE, PROTOTYPES, ReasonClassifier, check_codes, new_texts
from nlp_service.tasks.reasons.documents import ReasonedSentence, document_reasons
from nlp_service.tasks.reasons.tree import Tree

__all__ = [
    "OUT_OF_SCOPE",
    "PROTOTYPES",
    "ReasonClassifier",
    "ReasonedSentence",
    "Tree",
    "check_codes",
    "document_reasons",
    "new_texts",
]
