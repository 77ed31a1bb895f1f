"""The time that a request may take, by a clock that jumps."""

import asyncio
import json

LIMIT_S = 1_000
MOST_OF_IT_S = 600
PATH = "/v1/questions/cluster/jobs"
BODY = json.dumps({"questions": [{"text": "怎么退款"}]}).encode()


class JumpingLoop(asyncio.SelectorEventLoop):
    """Its clock goes ahead when told."""

    ahead = 0.0

    def time(self):
        return super().time() + self.ahead

    async def jump(self, seconds):
        """Let time pass, and then whatever is due."""
        self.ahead += seconds
        for _ in range(5):
            await asyncio.sleep(0)


class SlowDesk:
    """Takes a job as long as most of the limit."""

    async def add(self, make, key):
        await asyncio.get_running_loop().jump(MOST_OF_IT_S)
        raise RuntimeError("so late a job is none")


def test_the_arrival_of_a_jobs_body_counts(make_app):
    app = make_app(request_timeout_ms=LIMIT_S * 1_000, job_desk=SlowDesk())
    statuses = []

    async def receive():
        await asyncio.get_running_loop().jump(MOST_OF_IT_S)
        return {"type": "http.request", "body": BODY}

    async def send(message):
        statuses.append(message.get("status"))

    async def scenario():
        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b""}
        async with app.router.lifespan_context(app):
            await app(scope, receive, send)

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(scenario())
    assert statuses[0] == 504
