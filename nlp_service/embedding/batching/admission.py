"""Who may wait: all of a request or none of it, and only if its answer can still be of use."""

from nlp_service.calls import LANES, Call, Lane
from nlp_service.embedding.batching.lines import Lines
from nlp_service.embedding.batching.promises import Promises
from nlp_service.errors import OverloadedError, TooMuchWorkError
from nlp_service.telemetry import Refusal, Telemetry

BULK_BATCHES = 16
"""A request of more batches' worth of tokens is bulk work, unless its caller says otherwise."""
MARGIN = 2.0
"""Work is taken to last this much longer than measured, for what comes after the encoder and for a machine that others
use too: with 1.5, one answer in a hundred was late on one that lost a third of its speed for seconds."""
PROMISED_MARGIN = 1.6
OPEN_SHARE = 0.8
"""Of the queue, for those who weren't told to come now: the rest is for those who were."""


class Admission:
    """Bounds what waits in each lane, and refuses what would be late. One lane being full doesn't close the other.

    Who is refused is told when to come back, and is let in then before those who come for the first time.
    """

    def __init__(self, *, batch_tokens: int, queue_tokens: int, telemetry: Telemetry) -> None:
        self._large = BULK_BATCHES * batch_tokens
        self._queue_tokens = queue_tokens
        self._telemetry = telemetry
        self._promises = {lane: Promises() for lane in LANES}

    def lane(self, call: Call, tokens: int) -> Lane:
        """Where a call's sequences wait."""
        return call.lane or ("bulk" if tokens > self._large else "interactive")

    def may_hurry(self, call: Call, tokens: int, lines: Lines) -> bool:
        """Whether what a call wants of the bulk lane, and be it all of its tokens, may wait in the interactive one."""
        room = OPEN_SHARE * self._queue_tokens - lines["interactive"].tokens
        return self.lane(call, tokens) == "interactive" and tokens <= room

    def check(
        self, call: Call, tokens: int, lines: Lines, *, running: int, rate: float, floor: float, now: float
    ) -> Lane:
        """The lane of a request; refuses one that finds no room or comes too late.

        A request larger than half of what is open to it is admitted while half of that is free.

        Args:
            running: tokens that the encoder is at work on.
            rate: tokens a second.
            floor: the rate that can be expected whatever was measured last: a bad moment makes no request too much.
            now: by the clock of `Call.deadline`.

        Raises:
            OverloadedError: with the time after which there will be a place for this very request.
            TooMuchWorkError: if it couldn't be done in time even if nothing waited.
        """
        lane = self.lane(call, tokens)
        promised = self._promises[lane].are_due(call.identity, now)
        refusal, wait_s = self._obstacle(lane, call, tokens, lines, running, rate, now, promised=promised)
        patience_s, margin = call.deadline - now, PROMISED_MARGIN if promised else MARGIN
        at_best = margin * tokens / max(rate, floor)
        if refusal != "full" and tokens > self._large and at_best > patience_s:
            raise TooMuchWorkError(f"it would take about {at_best:.0f} s: send less at once")
        if refusal:
            raise self._refusal(lane, refusal, call, tokens, now, rate, wait_s)
        if not promised:
            self._promises[lane].newcomer(tokens / rate)
        self._promises[lane].keep(call.identity)
        return lane

    def expect(self, call: Call, tokens: int, lines: Lines, *, running: int, rate: float, now: float) -> None:
        """Refuse a newcomer of about so many tokens who would find no place, before work is put into the request.

        Who was told to come now, or asks for a lot, is left to `check`.

        Raises:
            OverloadedError: as `check`.
        """
        lane = self.lane(call, tokens)
        if tokens > self._large or self._promises[lane].are_due(call.identity, now):
            return
        refusal, wait_s = self._obstacle(lane, call, tokens, lines, running, rate, now, promised=False)
        if refusal:
            raise self._refusal(lane, refusal, call, tokens, now, rate, wait_s)

    def _obstacle(
        self,
        lane: Lane,
        call: Call,
        tokens: int,
        lines: Lines,
        running: int,
        rate: float,
        now: float,
        *,
        promised: bool,
    ) -> tuple[Refusal | None, float]:
        """Why a request can't wait in this lane now, and the seconds until it could."""
        waiting = lines[lane].tokens
        limit = self._queue_tokens * (1.0 if promised else OPEN_SHARE)
        too_many = waiting + min(tokens, limit / 2) - limit
        if too_many > 0:
            return "full", too_many / rate
        ahead = lines.tokens if lane == "bulk" else waiting
        late = (running + ahead + tokens) / rate - (call.deadline - now) / (PROMISED_MARGIN if promised else MARGIN)
        return ("deadline", late) if late > 0 and ahead else (None, 0.0)

    def _refusal(
        self,
        lane: Lane,
        reason: Refusal,
        call: Call,
        tokens: int,
        now: float,
        rate: float,
        wait_s: float,
    ) -> OverloadedError:
        self._telemetry.refused(lane, reason)
        due = self._promises[lane].make(call.identity, now=now, earliest=now + wait_s, seconds=tokens / rate)
        return OverloadedError(due - now)
