"""The report on frequent questions: one self-contained HTML page."""

from nlp_service.frequent_questions.report.page import page

__all__ = ["page"]
