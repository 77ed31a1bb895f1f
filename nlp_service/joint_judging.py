"""Sentences of several requests before the heads together: sixteen at once cost little more than three alone."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from nlp_service.calls import LANES, Lane, current_call
from nlp_service.contracts import Vectors
from nlp_service.judging import Judgement, Said, Tasks, Wanted, judge

AT_ONCE: Mapping[Lane, int] = MappingProxyType({"interactive": 128, "bulk": 16})
"""Most sentences judged together. 128 take some ten ms, and are hardly cheaper in larger numbers; a round of bulk work
is what somebody who comes meanwhile has to wait for."""
PATIENCE = 7
"""How many interactive rounds go before one of bulk work that waits."""
FEW = 4
"""Up to so many are judged on the spot: the way to a thread and back isn't worth it."""

Judgements = dict[Said, Judgement]


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A caller's sentences, the customers' first; vectors as in `judge`."""

    said: Sequence[Said]
    vectors: Vectors
    for_reasons: Vectors
    wanted: Wanted
    verdict: "asyncio.Future[Judgements]"


class JointJudging:
    """Judges what has come while the event loop was busy, or the last round was under way; work-conserving.

    To be used on the event loop. What a head says of a sentence doesn't depend on who is judged with it.
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._waiting: dict[Lane, deque[_Case]] = {lane: deque() for lane in LANES}
        self._passed_over = 0
        self._rounds: asyncio.Task[None] | None = None

    async def judge(self, said: Sequence[Said], vectors: Vectors, for_reasons: Vectors, wanted: Wanted) -> Judgements:
        """What the heads say of each sentence; arguments as of `judging.judge`."""
        judgements: Judgements = {}
        lane: Lane = current_call().lane or ("bulk" if len(said) > AT_ONCE["interactive"] else "interactive")
        for start in range(0, len(said), AT_ONCE[lane]):
            part = slice(start, start + AT_ONCE[lane])
            verdict: asyncio.Future[Judgements] = asyncio.get_running_loop().create_future()
            self._waiting[lane].append(_Case(said[part], vectors[part], for_reasons[part], wanted, verdict))
            if self._rounds is None or self._rounds.done():
                # It begins when all who were woken together have put in their sentences.
                self._rounds = asyncio.create_task(self._judge_all())
            judgements |= await verdict
        return judgements

    async def _judge_all(self) -> None:
        while cases := self._next():
            sentences = sum(len(case.said) for case in cases)
            try:
                verdicts = self._verdicts(cases) if sentences <= FEW else await asyncio.to_thread(self._verdicts, cases)
            except Exception:  # raised again, for the one whose sentence it is
                await self._one_by_one(cases)
                continue
            for case, verdict in zip(cases, verdicts, strict=True):
                if not case.verdict.done():
                    case.verdict.set_result(verdict)

    def _next(self) -> list[_Case]:
        """Those who have waited longest in the lane whose turn it is, without those who have left."""
        interactive, bulk = self._waiting["interactive"], self._waiting["bulk"]
        if bulk and (not interactive or self._passed_over >= PATIENCE):
            self._passed_over = 0
            return _round(bulk, AT_ONCE["bulk"]) or self._next()
        self._passed_over += bool(bulk)
        return _round(interactive, AT_ONCE["interactive"]) or (self._next() if bulk else [])

    def _verdicts(self, cases: Sequence[_Case]) -> list[Judgements]:
        """Of each case; those that want the same go before the heads together."""
        together = {
            wanted: self._together([case for case in cases if case.wanted == wanted], wanted)
            for wanted in {case.wanted for case in cases}
        }
        return [{one: together[case.wanted][one] for one in case.said} for case in cases]

    def _together(self, cases: Sequence[_Case], wanted: Wanted) -> Judgements:
        customers = [one for case in cases for one in case.said[: len(case.for_reasons)]]
        agents = [one for case in cases for one in case.said[len(case.for_reasons) :]]
        vectors = [case.vectors[: len(case.for_reasons)] for case in cases]
        vectors += [case.vectors[len(case.for_reasons) :] for case in cases]
        for_reasons = np.concatenate([case.for_reasons for case in cases])
        return judge([*customers, *agents], np.concatenate(vectors), for_reasons, wanted, self._tasks)

    async def _one_by_one(self, cases: Sequence[_Case]) -> None:
        """After a failure: nobody pays for what another has sent."""
        for case in cases:
            if case.verdict.done():
                continue
            try:
                (verdict,) = await asyncio.to_thread(self._verdicts, [case])
            except Exception as error:  # whatever the heads raise must reach the one who waits
                if not case.verdict.done():
                    case.verdict.set_exception(error)
            else:
                if not case.verdict.done():
                    case.verdict.set_result(verdict)


def _round(waiting: deque[_Case], at_once: int) -> list[_Case]:
    cases: list[_Case] = []
    sentences = 0
    while waiting and sentences + len(waiting[0].said) <= at_once:
        case = waiting.popleft()
        if not case.verdict.done():
            cases.append(case)
            sentences += len(case.said)
    return cases
