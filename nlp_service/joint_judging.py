"""Sentences of several requests before the heads together: sixteen at once cost little more than three alone."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp_service.contracts import Vectors
from nlp_service.judging import Judgement, Said, Tasks, judge

AT_ONCE = 128
"""Most sentences judged together: some ten ms, and hardly cheaper for more."""
FEW = 4
"""Up to so many are judged on the spot: the way to a thread and back isn't worth it."""

Judgements = dict[Said, Judgement]


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A caller's sentences, the customers' first; vectors as in `judge`."""

    said: Sequence[Said]
    vectors: Vectors
    for_reasons: Vectors
    verdict: "asyncio.Future[Judgements]"


class JointJudging:
    """Judges what has come while the event loop was busy, or the last round was under way; work-conserving.

    To be used on the event loop. What a head says of a sentence doesn't depend on who is judged with it.
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._waiting: deque[_Case] = deque()
        self._rounds: asyncio.Task[None] | None = None

    async def judge(self, said: Sequence[Said], vectors: Vectors, for_reasons: Vectors) -> Judgements:
        """What the heads say of each sentence; arguments as of `judging.judge`."""
        judgements: Judgements = {}
        for start in range(0, len(said), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            verdict: asyncio.Future[Judgements] = asyncio.get_running_loop().create_future()
            self._waiting.append(_Case(said[part], vectors[part], for_reasons[part], verdict))
            if self._rounds is None or self._rounds.done():
                # It begins when all who were woken together have put in their sentences.
                self._rounds = asyncio.create_task(self._judge_all())
            judgements |= await verdict
        return judgements

    async def _judge_all(self) -> None:
        while cases := self._next():
            sentences = sum(len(case.said) for case in cases)
            try:
                together = self._together(cases) if sentences <= FEW else await asyncio.to_thread(self._together, cases)
            except Exception:
                await self._one_by_one(cases)
                continue
            for case in cases:
                if not case.verdict.done():
                    case.verdict.set_result({one: together[one] for one in case.said})

    def _next(self) -> list[_Case]:
        """Those who have waited longest, without those who have left."""
        cases: list[_Case] = []
        sentences = 0
        while self._waiting and sentences + len(self._waiting[0].said) <= AT_ONCE:
            case = self._waiting.popleft()
            if not case.verdict.done():
                cases.append(case)
                sentences += len(case.said)
        return cases

    def _together(self, cases: Sequence[_Case]) -> Judgements:
        customers = [one for case in cases for one in case.said[: len(case.for_reasons)]]
        agents = [one for case in cases for one in case.said[len(case.for_reasons) :]]
        vectors = [case.vectors[: len(case.for_reasons)] for case in cases]
        vectors += [case.vectors[len(case.for_reasons) :] for case in cases]
        for_reasons = np.concatenate([case.for_reasons for case in cases])
        return judge([*customers, *agents], np.concatenate(vectors), for_reasons, self._tasks)

    async def _one_by_one(self, cases: Sequence[_Case]) -> None:
        """After a failure: nobody pays for what another has sent."""
        for case in cases:
            if case.verdict.done():
                continue
            try:
                verdict = await asyncio.to_thread(self._together, [case])
            except Exception as error:  # whatever the heads raise must reach the one who waits
                if not case.verdict.done():
                    case.verdict.set_exception(error)
            else:
                if not case.verdict.done():
                    case.verdict.set_result(verdict)
