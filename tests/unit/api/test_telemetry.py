"""Telemetry by itself: apart from other instances, and usable from threads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from nlp_service.telemetry import Telemetry


def test_instances_share_nothing():
    first, second = Telemetry(), Telemetry()
    first.cache_failure("redis")
    assert b'nlp_service_cache_failures_total{backend="redis"} 1.0' in first.render()
    assert b'backend="redis"' not in second.render()


def test_everything_shows():
    telemetry = Telemetry()
    telemetry.cache_lookups("memory", hits=3, misses=2)
    telemetry.cache_resting("redis", True)
    telemetry.batch(sequences=2, tokens=10, padded=12, seconds=0.5)
    telemetry.queue("bulk", sequences=3, tokens=7)
    telemetry.waited("bulk", 0.25)
    telemetry.dropped(4)
    telemetry.refused("bulk", "deadline")
    telemetry.reload("refused")
    lines = telemetry.render().decode().splitlines()
    for line in (
        'nlp_service_cache_lookups_total{backend="memory",result="hit"} 3.0',
        'nlp_service_cache_lookups_total{backend="memory",result="miss"} 2.0',
        "nlp_service_batch_sequences_sum 2.0",
        "nlp_service_batch_tokens_total 10.0",
        "nlp_service_batch_padded_tokens_total 12.0",
        "nlp_service_batch_seconds_sum 0.5",
        'nlp_service_cache_resting{backend="redis"} 1.0',
        'nlp_service_queue_sequences{lane="bulk"} 3.0',
        'nlp_service_queue_tokens{lane="bulk"} 7.0',
        'nlp_service_queue_seconds_sum{lane="bulk"} 0.25',
        "nlp_service_dropped_sequences_total 4.0",
        'nlp_service_refused_total{lane="bulk",reason="deadline"} 1.0',
        'nlp_service_reloads_total{result="refused"} 1.0',
    ):
        assert line in lines


def test_what_is_rare_is_there_from_the_start():
    """Prometheus sees no increase in a counter that appears with its first event."""
    telemetry = Telemetry()
    lines = telemetry.render().decode().splitlines()
    for line in (
        'nlp_service_refused_total{lane="interactive",reason="full"} 0.0',
        'nlp_service_refused_total{lane="interactive",reason="deadline"} 0.0',
        'nlp_service_refused_total{lane="bulk",reason="full"} 0.0',
        'nlp_service_refused_total{lane="bulk",reason="deadline"} 0.0',
        'nlp_service_reloads_total{result="swapped"} 0.0',
        'nlp_service_reloads_total{result="refused"} 0.0',
    ):
        assert line in lines
    telemetry.cache_resting("redis", False)
    assert 'nlp_service_cache_failures_total{backend="redis"} 0.0' in telemetry.render().decode().splitlines()


def test_a_request_as_long_as_it_may_be_has_a_bucket_of_its_own():
    telemetry = Telemetry()
    telemetry.waited("bulk", 59.0)
    lines = telemetry.render().decode().splitlines()
    assert 'nlp_service_queue_seconds_bucket{lane="bulk",le="30.0"} 0.0' in lines
    assert 'nlp_service_queue_seconds_bucket{lane="bulk",le="60.0"} 1.0' in lines


def test_several_queues_add_up():
    telemetry = Telemetry()
    for queue, sequences, tokens in ((1, 3, 7), (2, 2, 5), (2, 2, 5), (1, 0, 0)):
        telemetry.queue("bulk", sequences, tokens, queue)
    telemetry.queue("interactive", 1, 1, 1)
    assert b'nlp_service_queue_tokens{lane="bulk"} 5.0' in telemetry.render()
    assert b'nlp_service_queue_sequences{lane="bulk"} 2.0' in telemetry.render()


def test_of_several_caches_any_that_is_left_alone_shows():
    telemetry = Telemetry()
    seen = []
    for cache, resting in ((1, False), (2, False), (1, True), (2, False), (2, True), (1, False), (2, False)):
        telemetry.cache_resting("redis", resting, cache)
        seen.append(b'nlp_service_cache_resting{backend="redis"} 1.0' in telemetry.render())
    assert seen == [False, False, True, True, True, True, False]


def test_a_stage_in_a_worker_thread_belongs_to_its_request():
    telemetry = Telemetry()

    def work():
        with telemetry.stage("encode"):
            pass

    async def answer():
        with telemetry.request("POST") as times:
            await asyncio.gather(*(asyncio.to_thread(work) for _ in range(8)))
            return times.stages

    assert list(asyncio.run(answer())) == ["encode"]
    assert b'nlp_service_stage_seconds_count{stage="encode"} 8.0' in telemetry.render()


def test_stages_outside_a_request_reach_the_metrics_from_any_thread():
    telemetry = Telemetry()

    def work(_n):
        with telemetry.stage("encode"):
            telemetry.cache_lookups("memory", hits=1, misses=0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    assert b'nlp_service_stage_seconds_count{stage="encode"} 200.0' in telemetry.render()
    assert b'result="hit"} 200.0' in telemetry.render()


def test_a_stage_that_fails_is_measured_too():
    telemetry = Telemetry()
    try:
        with telemetry.request("GET") as times, telemetry.stage("encode"):
            raise ValueError
    except ValueError:
        assert list(times.stages) == ["encode"]
