"""The way of frequent questions through the same rooms: texts → vectors → clusters, with what is known about each."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from threading import Event
from typing import Final, TypeVar

import numpy as np

from nlp_service.cluster_context import in_context
from nlp_service.contracts import Cluster, Clustering, Ngrams, Progress, QuestionItem, Vectors, unobserved
from nlp_service.embedding.embedder import Embedder
from nlp_service.errors import OverloadedError
from nlp_service.judging import Tasks
from nlp_service.tasks.questions import FEWEST_APART, is_large
from nlp_service.telemetry import Telemetry
from nlp_service.text import ngrams_of, prepare, without_masks

T = TypeVar("T")
TEXTS_AT_ONCE: Final = 512
JUDGED_AT_ONCE: Final = 4_096
LONGEST_WAIT_S: Final = 30.0
BEAT_S: Final = 1.0
"""How often somebody who waits for a place in the queue is asked whether the answer is still wanted."""


class AbandonedError(Exception):
    """Nobody waits for the answer any more."""


class Clusterings:
    """Clusters questions, sets of a kind one after the other: small ones, large ones, and those that only jobs have."""

    def __init__(self, embedder: Embedder, tasks: Tasks, telemetry: Telemetry) -> None:
        self._embedder = embedder
        self.tasks = tasks
        self._telemetry = telemetry
        # The threads that split, tokenise and judge aren't to be taken up by this, nor small sets by large ones.
        self._threads = [ThreadPoolExecutor(1, thread_name_prefix="clustering") for _ in range(3)]

    def close(self) -> None:
        """Wait for the work under way, which should be abandoned by now; what waits for its turn isn't begun."""
        for thread in self._threads:
            thread.shutdown(cancel_futures=True)

    async def cluster(
        self,
        questions: Sequence[QuestionItem],
        previous: Sequence[Cluster] = (),
        progress: Progress = unobserved,
        least_size: int | None = None,
        previous_sample: Sequence[str] = (),
        *,
        patiently: bool = False,
    ) -> Clustering:
        """As `Analysis.cluster`."""
        texts = [question.text for question in questions]
        sample = previous_sample if previous else ()
        wordings = [cluster.wordings or [cluster.representative] for cluster in previous]
        asked = [*texts, *sample, *chain.from_iterable(wordings)]
        vectors = await self._embedded(asked, progress, patiently=patiently)
        now, then, before = np.split(vectors, [len(texts), len(texts) + len(sample)])
        abandoned = Event()

        def watched(step: str, done: int, of: int) -> None:
            if abandoned.is_set():
                raise AbandonedError
            progress(step, done, of)

        def clustering() -> Clustering:
            words = ngrams_of([prepare(text) for text in texts])
            kinds = self.tasks.kinds.classify(now, words)
            picked_out = any(question.conversation is not None for question in questions)
            reasons = self._reasons(now, words) if picked_out else []
            rows = iter(before)
            earlier = [
                (cluster, np.stack(list(islice(rows, len(some)))))
                for cluster, some in zip(previous, wordings, strict=True)
            ]
            found = self.tasks.questions.cluster(
                questions,
                now,
                kinds,
                earlier,
                watched,
                previous_sample=then,
                least_size=least_size,
                reasons=reasons,
            )
            by_text = dict(zip(texts, now, strict=True))
            kept = {cluster.name for cluster in previous}
            return replace(found, clusters=in_context(found.clusters, by_text, self.tasks, kept))

        try:
            thread = self._threads[(len(questions) >= FEWEST_APART) + is_large(len(questions))]
            return await self._run(clustering, thread)
        finally:
            abandoned.set()

    def _reasons(self, vectors: Vectors, words: Sequence[Ngrams]) -> list[str | None]:
        """The likeliest contact reason of each text, part by part: one takes as many numbers as the tree has codes."""
        starts = range(0, len(words), JUDGED_AT_ONCE)
        parts = [slice(start, start + JUDGED_AT_ONCE) for start in starts]
        return [code for part in parts for code in self.tasks.reasons.likeliest(vectors[part], words[part])]

    async def stand_alone(self, sentences: Sequence[str]) -> list[bool]:
        """As `Analysis.stand_alone`."""
        vectors = await self._embedded(sentences)

        def standing() -> list[bool]:
            return self.tasks.standing.stand_alone(vectors, ngrams_of([prepare(sentence) for sentence in sentences]))

        return await self._run(standing)

    async def _embedded(
        self, texts: Sequence[str], progress: Progress = unobserved, *, patiently: bool = False
    ) -> Vectors:
        """Vectors of any number of texts without what is masked, a queue's fill at a time.

        Args:
            patiently: whether to wait and try again if the queue is full, instead of raising.
        """
        vectors = np.zeros((len(texts), self._embedder.info.dimension), dtype=np.float32)
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            some = texts[start : start + TEXTS_AT_ONCE]
            plain = await asyncio.to_thread(lambda block: [without_masks(text) for text in block], some)
            place = "encoding", start, len(texts)
            progress(*place)
            while True:
                try:
                    vectors[start : start + len(some)] = await self._embedder.embed(plain)
                    break
                except OverloadedError as error:
                    if not patiently:
                        raise
                    await _wait(error.retry_after_s, partial(progress, *place))
        return vectors

    async def _run(self, work: Callable[[], T], thread: ThreadPoolExecutor | None = None) -> T:
        with self._telemetry.stage("heads"):
            return await asyncio.get_running_loop().run_in_executor(thread, work)


async def _wait(seconds: float, check: Callable[[], None]) -> None:
    """Wait, but no longer than is wanted: `check` may raise."""
    left = min(seconds, LONGEST_WAIT_S)
    while left > 0:
        await asyncio.sleep(min(left, BEAT_S))
        check()
        left -= BEAT_S
