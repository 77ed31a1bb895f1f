"""The emotional journeys of many documents: sums, tables and one picture. Pure functions over results; no models."""
