"""Bodies as they arrive: too large, too slow, or cut off by a client that leaves."""

import asyncio
import logging


async def answer_to(app, receive, *headers):
    """The status that a body read from `receive` leads to, and how often it was asked for more."""
    statuses, asked = [], []

    async def counted():
        asked.append(1)
        return await receive()

    async def send(message):
        statuses.append(message.get("status"))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/reasons",
        "headers": [(b"content-type", b"application/json"), *headers],
        "query_string": b"",
    }
    await app(scope, counted, send)
    return statuses[0], len(asked)


def test_a_chunked_body_over_the_limit_is_not_read_to_its_end(app):
    chunks = iter(range(20, 0, -1))

    async def receive():
        return {"type": "http.request", "body": b" " * 1_048_576, "more_body": next(chunks) > 1}

    assert asyncio.run(answer_to(app, receive)) == (413, 17)


def test_a_body_announced_too_large_is_not_read_at_all(app):
    async def receive():
        return {"type": "http.request", "body": b"{}"}

    assert asyncio.run(answer_to(app, receive, (b"content-length", b"16777217"))) == (413, 0)


def test_a_body_that_never_comes(make_app):
    assert asyncio.run(answer_to(make_app(request_timeout_ms=10), asyncio.Event().wait)) == (408, 1)


def test_a_client_that_leaves_is_no_failure(app, caplog):
    caplog.set_level(logging.INFO)

    async def receive():
        return {"type": "http.disconnect"}

    assert asyncio.run(answer_to(app, receive)) == (499, 1)
    assert "POST /v1/reasons 499" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
