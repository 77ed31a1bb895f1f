"""FAQ: which entries of a knowledge base answer a question, and how probably."""

from nlp_service.tasks.faq.calibration import WORDINGS_FILE, Calibration
from nlp_service.tasks.faq.entries import Entry, read_entries, wordings
from nlp_service.tasks.faq.suggester import FaqSuggester

__all__ = ["WORDINGS_FILE", "Calibration", "Entry", "FaqSuggester", "read_entries", "wordings"]
