"""The server when its Redis freezes, dies, or never was there: requests are answered, metrics tell."""

import time

WAIT_SECONDS = 20
TEXTS = ["快递一周了还没到，帮我催一下", "谢谢，问题解决了", "Where is my refund?"]


def _until(condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_redis_that_freezes_and_dies_costs_no_answer(start_server, own_redis, metrics):
    server = start_server(
        *("--redis-url", own_redis.url, "--redis-timeout-ms", 500, "--redis-pause-ms", 50, "--cache-entries", 0),
        *("--judgements", 0),
    )

    def value(name, **labels):
        return metrics(server.metrics())(name, **labels)

    def failures():
        return value("cache_failures_total", backend="redis")

    def hits():
        return value("cache_lookups_total", backend="redis", result="hit")

    expected = server.answer("/v1/reasons", texts=TEXTS)

    def hits_after_asking():
        assert server.answer("/v1/reasons", texts=TEXTS) == expected
        return hits()

    _until(lambda: own_redis.client.dbsize() >= len(TEXTS))
    _until(lambda: hits_after_asking() >= len(TEXTS))

    own_redis.freeze()
    before = failures()
    assert server.answer("/v1/reasons", texts=TEXTS) == expected
    assert failures() > before

    own_redis.thaw()
    before = hits()
    _until(lambda: hits_after_asking() > before)

    own_redis.kill()
    before = failures()
    assert server.answer("/v1/reasons", texts=TEXTS) == expected
    assert failures() > before
    assert server.client.get("/health/ready").status_code == 200
    assert "leaving it alone" in server.log
    assert server.terminate() == 0


def test_it_starts_without_the_redis_it_was_told_of_and_ends_when_asked_to(start_server, dead_redis_url, metrics):
    server = start_server("--redis-url", dead_redis_url)
    assert server.answer("/v1/reasons", texts=TEXTS)["results"]
    assert metrics(server.metrics())("cache_failures_total", backend="redis") >= 1
    assert server.terminate() == 0
    assert "Traceback" not in server.log
