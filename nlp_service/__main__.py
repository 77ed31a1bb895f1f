"""`python -m nlp_service` is `nlp-service`."""

from nlp_service.cli import main

main()
