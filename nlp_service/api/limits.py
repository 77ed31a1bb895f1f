"""How much one request may ask for. OpenAPI states these numbers, and the request models enforce them.

Lengths are in Unicode code points.
"""

MAX_DOCUMENTS = 128
MAX_TURNS = 2_000
"""Per document."""
MAX_TEXTS = 1_024
MAX_TEXT_LENGTH = 100_000
MAX_LABEL_LENGTH = 200
"""Of ids, stages, channels and names."""
MAX_TIME_LENGTH = 64
MAX_TOP_K = 20

MAX_CLUSTER_QUESTIONS = 5_000
MAX_JOB_QUESTIONS = 100_000
MAX_PREVIOUS_CLUSTERS = 2_000
MAX_PREVIOUS_GONE = 4_000
MAX_PREVIOUS_SAMPLE = 1_000
MAX_PREVIOUS_QUESTIONS = 10_000_000
"""In a cluster of an earlier answer: more than a run of this service could have read."""
MAX_WORDINGS = 16
"""Of an earlier cluster."""
MAX_KEY_LENGTH = 200
"""Of the header `Idempotency-Key`."""
MAX_FAQ_QUESTIONS = 1_024
MAX_QUESTION_LENGTH = 2_000

MAX_EMBEDDING_INPUTS = 2_048
MAX_EMBEDDING_LENGTH = 8_192

MAX_FIELDS = 64
"""Of one JSON object. Far more than any has: it bounds the work of naming what is unknown in a hostile body."""
