"""On which threads clusterings run; vectors and clusters are fakes."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from nlp_service import clustering
from nlp_service.clustering import Clusterings
from nlp_service.contracts import Clustering, QuestionItem

AT_ONCE = 20
SOON_S = 10


class FakeEmbedder:
    info = SimpleNamespace(dimension=4)

    async def embed(self, texts):
        return np.zeros((len(texts), 4), dtype=np.float32)


class Held:
    """Clusters nothing, and not before `go_on` is set.

    Attributes:
        most: how many calls of one size were under way at the same time.
        begun: sizes of those that were begun, in order.
    """

    def __init__(self):
        self.go_on = threading.Event()
        self.most = 0
        self.begun = []
        self._under_way = {}
        self._lock = threading.Lock()

    def cluster(self, questions, *_, **__):
        size = len(questions)
        with self._lock:
            self.begun.append(size)
            self._under_way[size] = self._under_way.get(size, 0) + 1
            self.most = max(self.most, self._under_way[size])
        assert self.go_on.wait(SOON_S)
        with self._lock:
            self._under_way[size] -= 1
        return Clustering([], [], [])


@pytest.fixture
def held():
    return Held()


@pytest.fixture
def clusterings(held, telemetry, monkeypatch):
    """From 3 questions on a set is large, from 5 on only a job has it."""
    monkeypatch.setattr(clustering, "FEWEST_APART", 3)
    monkeypatch.setattr(clustering, "is_large", lambda questions: questions >= 5)
    kinds = SimpleNamespace(classify=lambda vectors, _: ["enquiry"] * len(vectors))
    made = Clusterings(FakeEmbedder(), SimpleNamespace(kinds=kinds, questions=held), telemetry)
    yield made
    held.go_on.set()
    made.close()


def asked(size):
    return [QuestionItem(str(number), "怎么退款") for number in range(size)]


async def begun(held, count):
    while len(held.begun) < count:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def test_small_sets_take_turns_and_no_threads_of_others(run, clusterings, held):
    async def scenario():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        tasks = [asyncio.create_task(clusterings.cluster(asked(2))) for _ in range(AT_ONCE)]
        await begun(held, 1)
        async with asyncio.timeout(SOON_S / 2):
            await asyncio.gather(*(asyncio.to_thread(lambda: None) for _ in range(5)))
        held.go_on.set()
        await asyncio.gather(*tasks)

    run(scenario())
    assert held.most == 1
    assert len(held.begun) == AT_ONCE


def test_sets_of_different_sizes_dont_wait_for_each_other(run, clusterings, held):
    async def scenario():
        tasks = [asyncio.create_task(clusterings.cluster(asked(size))) for size in (5, 3, 2)]
        await begun(held, 3)
        held.go_on.set()
        await asyncio.gather(*tasks)

    run(scenario())
    assert sorted(held.begun) == [2, 3, 5]


def test_what_waits_for_its_turn_at_the_end_isnt_begun(run, clusterings, held):
    async def scenario():
        tasks = [asyncio.create_task(clusterings.cluster(asked(2))) for _ in range(3)]
        await begun(held, 1)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        closing = asyncio.create_task(asyncio.to_thread(clusterings.close))
        held.go_on.set()
        await closing

    run(scenario())
    assert held.begun == [2]


@pytest.mark.parametrize("conversation", [None, "c1"])
def test_contact_reasons_are_read_of_what_was_picked_out_of_conversations(run, telemetry, conversation, monkeypatch):
    monkeypatch.setattr(clustering, "JUDGED_AT_ONCE", 2)
    told = []
    kinds = SimpleNamespace(classify=lambda vectors, _: ["enquiry"] * len(vectors))
    reasons = SimpleNamespace(likeliest=lambda vectors, words: [f"code of {len(words)}"] * len(vectors))
    questions = SimpleNamespace(cluster=lambda *_, **more: told.append(more["reasons"]) or Clustering([], [], []))
    made = Clusterings(FakeEmbedder(), SimpleNamespace(kinds=kinds, reasons=reasons, questions=questions), telemetry)
    run(made.cluster([QuestionItem(str(row), "怎么退款", conversation=conversation) for row in range(3)]))
    made.close()
    assert told == ([["code of 2", "code of 2", "code of 1"]] if conversation else [[]])
