"""Tagging more documents than one sitting is sure to see the end of: in parts, each kept once it is done.

Knows neither how a file of documents is read nor what answers; both are handed in.
"""

from nlp_service.batch.folder import WorkFolder, working
from nlp_service.batch.manifest import FileIdentity, Manifest
from nlp_service.batch.parts import Chunk, Line, Part, Refused, chunks
from nlp_service.batch.pool import Actor, Pool
from nlp_service.batch.rows import COLUMNS, Row, row
from nlp_service.batch.running import Executor, tag

__all__ = [
    "COLUMNS",
    "Actor",
    "Chunk",
    "Executor",
    "FileIdentity",
    "Line",
    "Manifest",
    "Part",
    "Pool",
    "Refused",
    "Row",
    "WorkFolder",
    "chunks",
    "row",
    "tag",
    "working",
]
