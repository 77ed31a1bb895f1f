"""Every error this package raises on purpose: one tree, mapped to the wire in `api.problems`, to exit codes in `cli`.

A message never contains customer text: it may end in a log, a metric or a response.
"""


class ServiceError(Exception):
    """Base of all errors raised on purpose."""


class ConfigurationError(ServiceError):
    """The service can't start as configured: an unknown setting, a missing file, a device that isn't there."""


class ArtifactError(ConfigurationError):
    """A model folder is incomplete, of the wrong kind, or its files don't match the digests in its manifest."""


class TaxonomyError(ConfigurationError):
    """A taxonomy file that isn't a tree of named codes."""


class DataError(ServiceError):
    """A data file that can't be read as its format demands."""


class UnusableLineError(DataError):
    """A line of a data file that can't be used, though others can. The message leaves the place to whoever reads."""


class InvalidInputError(ServiceError):
    """A request that is well-formed JSON but asks for something that can't be done.

    Attributes:
        pointer: JSON pointer to the part of the request body that is meant, e.g. `/texts/3`.
    """

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class TextTooLongError(ServiceError):
    """A text that the encoder doesn't read to its end, and that has to be read as a whole.

    Attributes:
        position: of the text among those given.
        max_tokens: as many as the encoder reads, and then no more.
    """

    def __init__(self, position: int, max_tokens: int) -> None:
        super().__init__(f"the encoder reads fewer than {max_tokens} tokens in one text")
        self.position = position
        self.max_tokens = max_tokens


class NotFoundError(ServiceError):
    """A named thing (a taxonomy, a model) that isn't loaded."""


class OverloadedError(ServiceError):
    """The queue is full: come back later.

    Attributes:
        retry_after_s: seconds after which the work waiting now should be done.
    """

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too much work is waiting")
        self.retry_after_s = retry_after_s


class TooMuchWorkError(ServiceError):
    """One request asks for more than can be done in the time it has, even if nothing else waited."""


class DeadlineExceededError(ServiceError):
    """The request's time was up before its answer was ready."""


class NotReadyError(ServiceError):
    """Models are still loading, or the service is shutting down."""


class EncodingError(ServiceError):
    """The encoder failed on a batch; its cause is chained."""


class ProcessLostError(ServiceError):
    """A process that works for this one has ended, or couldn't be started: the work may succeed another time."""


class StorageError(ServiceError):
    """The disk doesn't do what jobs need: it is full, or the folder may not be written."""


class JobUnfinishedError(ServiceError):
    """A result that isn't there yet."""


class NoResultError(ServiceError):
    """A result that isn't there any more, or never will be."""


class JobDamagedError(ServiceError):
    """Files of a job can't be made out."""


class JobAbandonedError(ServiceError):
    """A job during which the process ended again and again."""
