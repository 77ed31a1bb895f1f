"""Those who wait for the encoder, in two lines. Knows neither threads nor clocks."""

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nlp_service.calls import LANES, Lane
from nlp_service.contracts import Vector
from nlp_service.embedding.batching.policy import Turn, next_batch, turn
from nlp_service.errors import ServiceError

WINDOW_BATCHES = 16
"""How many batches' worth of those who wait longest are sorted by length. More means less padding; fewer means that
nobody is overtaken for long."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A sequence in line.

    Attributes:
        land: called once with its vector, or with the error that ended its batch; not after it was withdrawn.
        since: when it came, and `began` when its batch began, in seconds of `time.monotonic`.
        number: its place in the order of arrival.
    """

    sequence: Sequence[int]
    lane: Lane
    land: Callable[[Vector | ServiceError], None]
    since: float
    number: int
    began: float = 0.0
    state: Literal["waiting", "running", "gone"] = "waiting"

    def __len__(self) -> int:
        return len(self.sequence)


class Line:
    """One lane's sequences in order of arrival; the oldest of them are sorted by length."""

    def __init__(self, lane: Lane, batch_tokens: int) -> None:
        self._lane = lane
        self._batch_tokens = batch_tokens
        self._later: deque[Waiting] = deque()
        self._window: list[Waiting] = []
        self._window_tokens = 0
        self._swept = True
        self.tokens = 0
        self.sequences = 0

    def add(self, items: Iterable[Waiting]) -> None:
        """Put sequences at the end."""
        for item in items:
            self._later.append(item)
            self.tokens += len(item)
            self.sequences += 1

    def withdraw(self, item: Waiting) -> None:
        """Take out a sequence that waits here. It is passed over when its turn comes."""
        item.state = "gone"
        self.tokens -= len(item)
        self.sequences -= 1
        self._swept = False
        if not self.sequences:
            self._later.clear()
            self._window.clear()

    def take(self, share: int) -> list[Waiting]:
        """The next batch: who waits longest, and others of about the same length; `share` as in `policy.Turn`."""
        self._fill_window()
        if not self._window:
            return []
        oldest = min(range(len(self._window)), key=lambda at: self._window[at].number)
        low, high = next_batch([len(item) for item in self._window], oldest, self._batch_tokens, share)
        taken = self._window[low:high]
        del self._window[low:high]
        for item in taken:
            item.state = "running"
        tokens = sum(map(len, taken))
        self._window_tokens -= tokens
        self.tokens -= tokens
        self.sequences -= len(taken)
        return taken

    def _fill_window(self) -> None:
        if not self._swept:
            self._window = [item for item in self._window if self._holds(item)]
            self._window_tokens = sum(map(len, self._window))
            self._swept = True
        while self._later and self._window_tokens < WINDOW_BATCHES * self._batch_tokens:
            item = self._later.popleft()
            if self._holds(item):
                insort(self._window, item, key=len)
                self._window_tokens += len(item)

    def _holds(self, item: Waiting) -> bool:
        return item.state == "waiting" and item.lane == self._lane


class Lines:
    """The interactive and the bulk line."""

    def __init__(self, batch_tokens: int) -> None:
        self._lines: dict[Lane, Line] = {lane: Line(lane, batch_tokens) for lane in LANES}
        self._passed_over = 0

    def __getitem__(self, lane: Lane) -> Line:
        return self._lines[lane]

    @property
    def tokens(self) -> int:
        """Tokens that wait in both lines."""
        return sum(line.tokens for line in self._lines.values())

    def hurry(self, items: Sequence[Waiting]) -> None:
        """Let sequences that wait in the bulk line wait in the interactive one from now on."""
        for item in items:
            self._lines["bulk"].withdraw(item)
            item.lane, item.state = "interactive", "waiting"
        self._lines["interactive"].add(items)

    def turn(self, running: Mapping[Lane, int], *, workers: int, reserved: int) -> Turn | None:
        """Whose batch begins now; see `policy.turn`."""
        waiting = {lane: line.sequences for lane, line in self._lines.items()}
        return turn(waiting, running, workers=workers, reserved=reserved, passed_over=self._passed_over)

    def take(self, lane: Lane, share: int) -> list[Waiting]:
        """The lane's next batch; see `Line.take`."""
        self._passed_over = self._passed_over + 1 if lane == "interactive" and self._lines["bulk"].sequences else 0
        return self._lines[lane].take(share)
