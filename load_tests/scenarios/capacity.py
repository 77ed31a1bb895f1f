"""Work against capacity: overload, half of it, bulk beside interactive, HTTP alone, the same thing many times."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from load_tests import figures, payloads
from load_tests.bench import Bench, Scenario, headline
from load_tests.figures import Figures
from load_tests.http_client import Client
from load_tests.monitor import look
from load_tests.payloads import Source
from load_tests.records import Record
from load_tests.server import Target

BUSY = 16
"""Callers that keep two cores busy with conversations."""
BUSY_SENTENCES = 32
OVERLOAD = 2.0
DEADLINE_MS = 5_000
FOLLOWED = 0.1
"""Few enough that those who come again hardly change the load."""
INTERACTIVE_SHARE = 0.25
BULK_CALLERS = 4
BULK_DOCUMENTS = 16
HTTP_CALLERS = 16
CALLERS = 50
ROUNDS = 20


async def overload(bench: Bench) -> Figures:
    """More conversations than can be analysed, for minutes, each with a deadline."""
    options = bench.options
    deadline = options.deadline_ms or DEADLINE_MS
    documents = payloads.transcripts(bench.corpus, fresh=True)
    async with bench.server() as target:
        await bench.warm_up(target, bench.source(documents))
        driver = bench.driver(target)
        capacity = await bench.capacity(driver, bench.source(documents), BUSY)
        rate = options.rate or (options.times_capacity or OVERLOAD) * capacity["requests_per_s"]
        await driver.open(
            bench.source(documents, {"X-Request-Timeout-Ms": str(deadline)}, seed_offset=1),
            "overload",
            rate=rate,
            seconds=bench.seconds,
            seed=options.seed,
            follow=FOLLOWED if options.follow is None else options.follow,
        )
    under = bench.phase("overload", deadline_ms=deadline)
    return {
        **headline(under),
        **figures.retry_after(record for record in bench.records if record.phase == "overload"),
        "capacity_requests_per_s": capacity["requests_per_s"],
        "capacity_sentences_per_s": capacity["sentences_per_s"],
        "offered_over_capacity": figures.ratio(rate, capacity["requests_per_s"]),
        "goodput_share": figures.ratio(under["sentences_per_s"], capacity["sentences_per_s"]),
        "within_deadline_share": under["within_deadline_share"],
        "deadline_ms": deadline,
        "memory_growth": bench.memory_growth("overload"),
    }


async def half_capacity(bench: Bench) -> Figures:
    """Single sentences at half of what the server can do, against a lone caller's."""
    texts = payloads.sentences(bench.corpus, fresh=True)
    async with bench.server() as target:
        await bench.warm_up(target, bench.source(texts))
        driver = bench.driver(target)
        await driver.closed(bench.source(texts), "alone", connections=1, seconds=bench.capacity_s)
        capacity = await bench.capacity(driver, bench.source(texts, seed_offset=1), BUSY_SENTENCES)
        rate = bench.options.rate or (bench.options.times_capacity or 0.5) * capacity["requests_per_s"]
        source = bench.source(texts, seed_offset=2)
        await driver.open(source, "half", rate=rate, seconds=bench.seconds, seed=bench.options.seed)
    alone, half = bench.phase("alone"), bench.phase("half")
    return {
        **headline(half),
        "capacity_requests_per_s": capacity["requests_per_s"],
        "offered_over_capacity": figures.ratio(rate, capacity["requests_per_s"]),
        "alone_p50_ms": alone.get("p50_ms"),
        "alone_p99_ms": alone.get("p99_ms"),
        "p99_over_alone": figures.ratio(half.get("p99_ms"), alone.get("p50_ms")),
    }


async def mixed(bench: Bench) -> Figures:
    """Interactive callers by themselves, then beside a bulk client at full speed."""
    single = payloads.sentences(bench.corpus, fresh=True)
    documents = payloads.transcripts(bench.corpus, fresh=True, items=bench.options.items or BULK_DOCUMENTS)
    headers = {"X-Priority": "interactive"}
    async with bench.server() as target:
        await bench.warm_up(target, bench.source(single))
        driver = bench.driver(target)
        capacity = await bench.capacity(driver, bench.source(single), BUSY_SENTENCES)
        rate = bench.options.rate or INTERACTIVE_SHARE * capacity["requests_per_s"]
        for phase, callers in (("alone", 0), ("with bulk", bench.options.users or BULK_CALLERS)):
            interactive = driver.open(
                bench.source(single, headers, seed_offset=1),
                phase,
                rate=rate,
                seconds=bench.seconds / 2,
                seed=bench.options.seed,
                kind="interactive",
            )
            source = bench.source(documents, {"X-Priority": "bulk"}, seed_offset=2)
            await _beside(bench, target, source, phase, callers, interactive)
    alone, beside = bench.phase("alone", "interactive"), bench.phase("with bulk", "interactive")
    bulk = bench.phase("with bulk", "bulk")
    return {
        **headline(beside),
        "alone_p50_ms": alone.get("p50_ms"),
        "alone_p95_ms": alone.get("p95_ms"),
        "interactive_p95_ratio": figures.ratio(beside.get("p95_ms"), alone.get("p95_ms")),
        "interactive_p99_ratio": figures.ratio(beside.get("p99_ms"), alone.get("p99_ms")),
        "bulk_sentences_per_s": bulk.get("sentences_per_s"),
        "bulk_p95_ms": bulk.get("p95_ms"),
        "interactive_rate": rate,
    }


async def http_only(bench: Bench) -> Figures:
    """Small requests to a server whose encoder does nothing."""
    texts = payloads.sentences(bench.corpus, fresh=False)
    async with bench.server({"engine": "fake", "log-level": "warning"}) as target:
        await bench.warm_up(target, bench.source(texts))
        driver = bench.driver(target)
        callers = bench.options.users or HTTP_CALLERS
        await driver.closed(bench.source(texts), "http", connections=callers, seconds=bench.seconds)
    return headline(bench.phase("http"))


async def identical(bench: Bench) -> Figures:
    """Many callers who ask for the same new text in the same moment."""
    # Vectors, not judgements: one text is one sequence there, however many sentences the service finds in it.
    texts = payloads.embeddings(bench.corpus, fresh=True)
    encoded = []
    async with bench.server() as target:
        await bench.warm_up(target, bench.source(texts))
        client = target.client()
        await client.open(CALLERS)
        for number in range(ROUNDS):
            payload, request = bench.source(texts, seed_offset=number).draw()
            before = (await look(target)).value("batch_sequences_sum")
            await asyncio.gather(*(_one_of_many(bench, client, request, payload.sentences) for _ in range(CALLERS)))
            encoded.append((await look(target)).value("batch_sequences_sum") - before)
        client.close()
    return {
        **headline(bench.phase("identical")),
        "callers": CALLERS,
        "rounds": ROUNDS,
        "encoded_at_most": max(encoded),
        "encoded_mean": figures.mean(encoded),
    }


async def _beside(
    bench: Bench, target: Target, source: Source, phase: str, callers: int, interactive: Coroutine[Any, Any, None]
) -> None:
    """Let so many bulk callers work for as long as the interactive ones do."""
    front = asyncio.create_task(interactive)
    driver = bench.driver(target)
    if callers:
        await driver.while_asked(source, phase, lambda: not front.done(), connections=callers, kind="bulk")
    await front
    driver.client.close()


async def _one_of_many(bench: Bench, client: Client, request: bytes, sentences: int) -> None:
    loop = asyncio.get_running_loop()
    sent = loop.time()  # the monotonic clock, as in all records
    answer = await client.ask(request)
    bench.records.append(
        Record("identical", "identical", sent, sent, loop.time(), answer.status, sentences, timing=answer.timing)
    )


SCENARIOS = (
    Scenario("mixed", "How much longer do callers wait beside a bulk job at full speed?", 4, mixed, background="bulk"),
    Scenario("overload", "What becomes of twice as much work as can be done?", 5, overload),
    Scenario("half-capacity", "How even are answers at half of what can be done?", 2, half_capacity),
    Scenario("http-only", "How many requests a second without an encoder?", 1, http_only, own_server=True),
    Scenario("identical", "Is the same sentence encoded once for simultaneous callers?", 1, identical),
)
