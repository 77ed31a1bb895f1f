"""How fast the encoder is when there is enough to do."""

import pytest

from nlp_service.embedding.batching.throughput import MEMORY_S, Throughput


def test_a_steady_rate_is_learnt():
    throughput, now = Throughput(100.0), 0.0
    throughput.work_waits(now)
    for _ in range(1000):
        now += 0.02
        throughput.batch_done(200, now, waiting=True)
    assert throughput.tokens_per_s == pytest.approx(10_000, rel=0.02)


def test_time_in_which_nothing_waited_says_nothing():
    throughput, now = Throughput(10_000.0), 0.0
    for _ in range(100):
        now += 1.0
        throughput.batch_done(10, now, waiting=False)
    assert throughput.tokens_per_s == 10_000


def test_the_first_wait_counts_from_its_beginning():
    throughput = Throughput(10.0)
    throughput.work_waits(5.0)
    throughput.work_waits(6.0)
    throughput.batch_done(0, 5.0 + 100 * MEMORY_S, waiting=False)
    assert throughput.tokens_per_s == pytest.approx(0, abs=1e-9)


def test_two_workers_count_together():
    throughput = Throughput(1.0)
    throughput.work_waits(0.0)
    for step in range(1, 2000):
        throughput.batch_done(100, step * 0.01, waiting=True)  # each worker takes 20 ms, by turns
    assert throughput.tokens_per_s == pytest.approx(10_000, rel=0.02)
