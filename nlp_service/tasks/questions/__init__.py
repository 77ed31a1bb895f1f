"""Frequent questions: clusters of questions that ask the same, with names and identities that last."""

from nlp_service.tasks.questions.clusterer import QuestionClusterer

__all__ = ["QuestionClusterer"]
