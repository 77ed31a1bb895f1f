"""The HTTP side of the service: reads requests, calls the analysis, writes answers. Knows no models."""
