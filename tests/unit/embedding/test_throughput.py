"""How fast the encoder is when there is enough to do."""

import math

import pytest

from nlp_service.embedding.batching.throughput import FLOOR, LONGEST_S, MEMORY_S, Throughput


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
    throughput.work_waits(5.0 + LONGEST_S / 2)
    throughput.batch_done(0, 5.0 + LONGEST_S, waiting=False)
    kept = math.exp(-LONGEST_S / MEMORY_S)
    assert throughput.tokens_per_s == pytest.approx(10.0 * kept * MEMORY_S / (kept * MEMORY_S + LONGEST_S))


def test_a_pause_of_the_process_is_not_taken_for_a_slow_encoder():
    throughput = Throughput(4000.0)
    throughput.work_waits(0.0)
    throughput.batch_done(256, 60.0, waiting=False)
    assert throughput.tokens_per_s > 2000


def test_batches_that_fail_say_nothing():
    throughput, now = Throughput(4000.0), 0.0
    throughput.work_waits(now)
    for _ in range(3000):
        now += 0.01
        throughput.batch_failed(waiting=True)
    assert throughput.tokens_per_s == 4000
    throughput.batch_done(256, now, waiting=True)
    assert throughput.tokens_per_s > 2000


def test_the_time_of_a_failed_batch_belongs_to_the_next_one_that_does_not_fail():
    throughput, now = Throughput(10_000.0), 0.0
    throughput.work_waits(now)
    for _ in range(1000):
        throughput.batch_failed(waiting=True)
        now += 0.02
        throughput.batch_done(200, now, waiting=True)
    assert throughput.tokens_per_s == pytest.approx(10_000, rel=0.02)


def test_what_can_be_expected_does_not_depend_on_a_bad_moment():
    throughput = Throughput(4000.0)
    throughput.work_waits(0.0)
    for second in range(1, 600):
        throughput.batch_done(1, second, waiting=True)
    assert throughput.tokens_per_s < 2
    assert throughput.floor == 4000 * FLOOR


def test_two_workers_count_together():
    throughput = Throughput(1.0)
    throughput.work_waits(0.0)
    for step in range(1, 2000):
        throughput.batch_done(100, step * 0.01, waiting=True)  # each worker takes 20 ms, by turns
    assert throughput.tokens_per_s == pytest.approx(10_000, rel=0.02)
