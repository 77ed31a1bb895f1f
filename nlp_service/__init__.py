"""Text analytics for customer feedback: contact reasons, sentiment, frequent questions, FAQ answers."""
