"""Scores of frequent questions: clusters against intents, their stability, rivals on the same vectors, speed."""
