"""Makes the artefacts in `models/`. Imports `nlp_service`, never the reverse."""
