"""Builds the service from settings, hands each room what it needs, and closes everything in reverse order.

The only room that sees all others; `building` says in which order. Nothing here runs at import time.
"""

from nlp_service.assembly.building import renewed, running, taking_jobs
from nlp_service.assembly.contact_reasons import check_taxonomy
from nlp_service.assembly.cpus import available_cpus
from nlp_service.assembly.encoders import open_encoder
from nlp_service.assembly.service import Service

__all__ = ["Service", "available_cpus", "check_taxonomy", "open_encoder", "renewed", "running", "taking_jobs"]
