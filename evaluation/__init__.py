"""Scores what is served: `python -m evaluation.<task>` writes a report.json beside a readable report.md."""
