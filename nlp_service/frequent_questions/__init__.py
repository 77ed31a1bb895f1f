"""Questions out of tickets and transcripts, and what clusters of them are written as: tables, FAQ drafts, a report."""
