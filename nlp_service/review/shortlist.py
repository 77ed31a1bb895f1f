"""From a stream of texts of any length to those that the model is least sure of."""

import heapq
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from nlp_service.analysis import Analysis
from nlp_service.contracts import ContactReason
from nlp_service.review.incoming import Item
from nlp_service.review.uncertainty import TOP_K, telling_part, uncertainty
from nlp_service.text import prepare


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text, the model's answer, and how unsure that is.

    Attributes:
        part: the sentence that stands for the text where one vector is needed, prepared.
    """

    item: Item
    reason: ContactReason
    part: str
    uncertainty: float


class Shortlist:
    """The least certain of the distinct texts seen so far, at most `size`, and how often each came.

    Counts are right although nothing else is remembered: the bar only rises, so a text that was refused or fell out is
    refused again, because its answer is the same (to 1e-4).
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._heap: list[tuple[float, int, str]] = []
        self._candidates: dict[str, Candidate] = {}
        self._counts: Counter[str] = Counter()

    @property
    def bar(self) -> float:
        """The uncertainty that it takes to get in."""
        return self._heap[0][0] if len(self._heap) == self._size else 0.0

    def count(self, prepared: str) -> bool:
        """Count a text that is listed; False if it isn't."""
        if prepared not in self._candidates:
            return False
        self._counts[prepared] += 1
        return True

    def offer(self, prepared: str, candidate: Candidate) -> None:
        """List a text that isn't listed, if it is uncertain enough; of equals the earlier ones stay."""
        entry = (candidate.uncertainty, -candidate.item.line, prepared)
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, entry)
        elif entry > self._heap[0]:
            _, _, lost = heapq.heapreplace(self._heap, entry)
            del self._candidates[lost], self._counts[lost]
        else:
            return
        self._candidates[prepared] = candidate
        self._counts[prepared] = 1

    def ranked(self) -> list[tuple[Candidate, int]]:
        """What is listed with its counts, the least certain first."""
        return [
            (self._candidates[prepared], self._counts[prepared]) for _, _, prepared in sorted(self._heap, reverse=True)
        ]


async def survey(analysis: Analysis, items: Sequence[Item], decided: Collection[str], shortlist: Shortlist) -> None:
    """Offer texts to the shortlist, without empty ones and those whose prepared text is in `decided`.

    A text of several sentences is as uncertain as its most telling sentence is by itself, if that is less: two reasons
    that are both stated clearly are no riddle.
    """
    new: dict[str, Item] = {}
    repeated = []
    for item in items:
        prepared = prepare(item.text)
        if not prepared or prepared in decided or shortlist.count(prepared):
            continue
        if prepared in new:
            repeated.append(prepared)
        new.setdefault(prepared, item)
    (taxonomy,) = analysis.taxonomies().values()
    answers = await analysis.reasons([item.text for item in new.values()], top_k=TOP_K)
    parts = [telling_part(item.text, answer) for item, answer in zip(new.values(), answers, strict=True)]
    doubts = [uncertainty(answer, taxonomy) for answer in answers]
    again = [
        number
        for number, (prepared, answer) in enumerate(zip(new, answers, strict=True))
        if answer.evidence and parts[number] != prepared and doubts[number] >= shortlist.bar
    ]
    for number, answer in zip(again, await analysis.reasons([parts[n] for n in again], top_k=TOP_K), strict=True):
        doubts[number] = min(doubts[number], uncertainty(answer, taxonomy))
    for (prepared, item), answer, part, doubt in zip(new.items(), answers, parts, doubts, strict=True):
        if not answer.skipped:
            shortlist.offer(prepared, Candidate(item, answer, part, doubt))
    for prepared in repeated:
        shortlist.count(prepared)
