"""Who may wait: all of a request or none of it, and only if its answer can still be of use."""

from nlp_service.calls import Call, Lane
from nlp_service.embedding.batching.lines import Lines
from nlp_service.errors import OverloadedError, TooMuchWorkError
from nlp_service.telemetry import Telemetry

BULK_BATCHES = 16
"""A request of more batches' worth of tokens is bulk work, unless its caller says otherwise."""
MARGIN = 1.25
"""Work is taken to last this much longer than measured, for what comes after the encoder and for noise."""


class Admission:
    """Bounds what waits in each lane, and refuses what would be late. One lane being full doesn't close the other."""

    def __init__(self, *, batch_tokens: int, queue_tokens: int, telemetry: Telemetry) -> None:
        self._large = BULK_BATCHES * batch_tokens
        self._queue_tokens = queue_tokens
        self._telemetry = telemetry

    def lane(self, call: Call, tokens: int) -> Lane:
        """Where a call's sequences wait."""
        return call.lane or ("bulk" if tokens > self._large else "interactive")

    def check(self, lane: Lane, tokens: int, lines: Lines, *, running: int, rate: float, patience_s: float) -> None:
        """Refuse a request that finds no room or comes too late.

        A request larger than half the queue is admitted while the queue is at most half full.

        Args:
            running: tokens that the encoder is at work on.
            rate: tokens a second.
            patience_s: time until the request's answer is of no use any more.

        Raises:
            OverloadedError: with the time after which what waits now is done, or enough of it.
            TooMuchWorkError: if it couldn't be done in time even if nothing waited.
        """
        waiting = lines[lane].tokens
        ahead = running + (lines.tokens if lane == "bulk" else waiting)
        if waiting + min(tokens, self._queue_tokens // 2) > self._queue_tokens:
            self._telemetry.refused(lane, "full")
            raise OverloadedError(ahead / rate)
        alone = MARGIN * tokens / rate
        late = MARGIN * ahead / rate + alone - patience_s
        if late <= 0:
            return
        if tokens > self._large and alone > patience_s:
            raise TooMuchWorkError(f"it would take about {alone:.0f} s: send less at once")
        if waiting:
            self._telemetry.refused(lane, "deadline")
            raise OverloadedError(min(late, ahead / rate))
