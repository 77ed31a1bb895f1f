"""Speed: measured in a process of its own."""

from multiprocessing.reduction import ForkingPickler
from types import SimpleNamespace

import numpy as np
import pytest

from evaluation.questions import speed
from nlp_service.tasks.questions import QuestionClusterer


@pytest.fixture
def other_process(monkeypatch):
    """Does in this process what another would do, with what would reach it."""

    class Pool:
        def __init__(self, workers, mp_context):
            assert (workers, mp_context.get_start_method()) == (1, "spawn")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def submit(self, work, *given):
            work, given = ForkingPickler.loads(ForkingPickler.dumps((work, given)))
            return SimpleNamespace(result=lambda: work(*given))

    monkeypatch.setattr(speed, "ProcessPoolExecutor", Pool)


def test_clustering_is_timed_in_a_process_of_its_own(other_process):
    texts = [f"{word}怎么办" for word in ("退款", "换货", "发票", "物流") for _ in range(5)]
    vectors = np.repeat(np.eye(4, dtype=np.float32), 5, axis=0)
    row = speed.measure(QuestionClusterer(), texts, vectors)
    assert (row["questions"], row["clusters"], row["share_of_outliers"]) == (20, 4, 0.0)
    assert row["seconds"] > 0.0
    if speed.STATUS.exists():
        assert 10 < row["loaded_rss_mb"] <= row["peak_rss_mb"]


def test_peak_memory_rises_with_what_is_held(monkeypatch, tmp_path):
    before = speed.peak_memory()
    held = np.ones(12_500_000)
    if before is not None:
        assert speed.peak_memory() >= before
        assert speed.peak_memory() > held.nbytes / speed.MEGABYTE
    monkeypatch.setattr(speed, "STATUS", tmp_path / "nowhere")
    assert speed.peak_memory() is None
