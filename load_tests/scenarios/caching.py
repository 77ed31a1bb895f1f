"""What the cache gives, and what it costs where it can give nothing."""

from collections.abc import Mapping

from load_tests import figures, payloads
from load_tests.bench import Bench, Scenario, headline
from load_tests.figures import Figures
from load_tests.redis_server import redis_server

CALLERS = 16


async def cached(bench: Bench) -> Figures:
    """Conversations that nobody has seen, then the same ones again and again."""
    fresh = payloads.transcripts(bench.corpus, fresh=True)
    known = payloads.transcripts(bench.corpus, fresh=False)
    async with bench.server() as target:
        await bench.warm_up(target, bench.source(fresh))
        driver = bench.driver(target)
        await driver.closed(bench.source(fresh), "uncached", connections=CALLERS, seconds=bench.seconds / 2)
        await bench.once(target, known)
        await driver.closed(bench.source(known), "cached", connections=CALLERS, seconds=bench.seconds / 2)
    uncached, repeated = bench.phase("uncached"), bench.phase("cached")
    return {
        **headline(repeated),
        "uncached_sentences_per_s": uncached.get("sentences_per_s"),
        "cached_over_uncached": figures.ratio(repeated.get("sentences_per_s"), uncached.get("sentences_per_s")),
    }


async def cache_cost(bench: Bench) -> Figures:
    """All-new conversations with caches that never hold what is asked for, and without any; by turns."""
    fresh = payloads.transcripts(bench.corpus, fresh=True)
    async with redis_server(bench.folder) as redis:
        ways: list[tuple[str, Mapping[str, object]]]
        ways = [("without", {"cache-entries": 0}), ("with", {"redis-url": redis.url})]
        for turn, (phase, flags) in enumerate(ways * 2):
            async with bench.server(flags) as target:
                await bench.warm_up(target, bench.source(fresh))
                driver = bench.driver(target)
                source = bench.source(fresh, seed_offset=turn // 2)
                await driver.closed(source, f"{phase} {turn // 2 + 1}", connections=CALLERS, seconds=bench.seconds / 4)
    rates = {
        phase: figures.mean(bench.phase(f"{phase} {number}").get("sentences_per_s", 0.0) for number in (1, 2))
        for phase in ("without", "with")
    }
    kept = figures.ratio(rates["with"], rates["without"])
    return {
        **headline(bench.phase("with 2")),
        "sentences_per_s_without": rates["without"],
        "sentences_per_s_with": rates["with"],
        "cost_share": 1 - kept if kept is not None else None,
    }


SCENARIOS = (
    Scenario("cached", "How much faster is what the cache knows?", 1, cached),
    Scenario(
        "cache-cost", "What do lookups cost where nothing is known?", 2, cache_cost, own_server=True,
        programs=("redis-server",),
    ),
)  # fmt: skip
