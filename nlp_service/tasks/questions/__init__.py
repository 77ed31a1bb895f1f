"""Frequent questions: clusters of questions that ask the same, with names and identities that last."""

from nlp_service.tasks.questions.clusterer import QuestionClusterer
from nlp_service.tasks.questions.identity.trends import FALSE_ALARMS
from nlp_service.tasks.questions.naming.names import subject_of
from nlp_service.tasks.questions.naming.objects import action_alone, event_alone
from nlp_service.tasks.questions.naming.phrases import cut
from nlp_service.tasks.questions.naming.sameness import sameness, without_note
from nlp_service.tasks.questions.separate import FEWEST as FEWEST_APART
from nlp_service.tasks.questions.separate import SeparateClusterer, is_large
from nlp_service.tasks.questions.standing import Standing
from nlp_service.tasks.questions.wording.segmentation import words

__all__ = [
    "FALSE_ALARMS",
    "FEWEST_APART",
    "QuestionClusterer",
    "SeparateClusterer",
    "Standing",
    "action_alone",
    "cut",
    "event_alone",
    "is_large",
    "sameness",
    "subject_of",
    "without_note",
    "words",
]
