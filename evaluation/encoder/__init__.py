"""Sentence encoders side by side: what their frozen vectors are worth, and what making them costs."""
