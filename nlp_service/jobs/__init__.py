"""Work that outlasts a request: kept in a folder until it is done, whatever becomes of the process. Knows no HTTP."""

from nlp_service.jobs.desk import JobDesk
from nlp_service.jobs.records import Job, Outcome, Status, Work
from nlp_service.jobs.runner import Runner
from nlp_service.jobs.shelf import Shelf
from nlp_service.jobs.store import Store

__all__ = ["Job", "JobDesk", "Outcome", "Runner", "Shelf", "Status", "Store", "Work"]
