"""From an encoder to an embedder: the encoder threads with their queue, and the cache."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from nlp_service.assembly.cpus import available_cpus
from nlp_service.contracts import Encoder, VectorCache
from nlp_service.embedding.batching.batcher import Batcher
from nlp_service.embedding.cache.memory import MemoryCache
from nlp_service.embedding.embedder import Embedder
from nlp_service.embedding.half_precision import HalfPrecision
from nlp_service.settings import Settings
from nlp_service.telemetry import Telemetry


@asynccontextmanager
async def embedding(settings: Settings, encoder: Encoder, telemetry: Telemetry) -> AsyncIterator[Embedder]:
    """An embedder with a warmed-up queue and a cache of its own; at the end, what was admitted is finished first."""
    async with AsyncExitStack() as stack:
        cache = _cache(settings, encoder, telemetry)
        stack.push_async_callback(cache.close)
        encoder = HalfPrecision(encoder)
        batcher = _batcher(settings, encoder, telemetry)
        stack.push_async_callback(batcher.close)
        await batcher.warm_up()
        yield Embedder(encoder, batcher, cache, telemetry)


def _batcher(settings: Settings, encoder: Encoder, telemetry: Telemetry) -> Batcher:
    on_cpu = settings.device == "cpu"
    batch_tokens = settings.batch_tokens or (256 if on_cpu else 16_384)
    return Batcher(
        encoder,
        workers=settings.threads or (available_cpus() if on_cpu else 1),
        batch_tokens=batch_tokens,
        queue_tokens=settings.queue_tokens or batch_tokens * (256 if on_cpu else 64),
        telemetry=telemetry,
    )


def _cache(settings: Settings, encoder: Encoder, telemetry: Telemetry) -> VectorCache:
    memory = MemoryCache(settings.cache_entries, telemetry)
    if settings.redis_url is None:
        return memory
    from nlp_service.embedding.cache.redis import RedisCache
    from nlp_service.embedding.cache.tiered import TieredCache

    redis = RedisCache(
        settings.redis_url,
        dimension=encoder.info.dimension,
        timeout_s=settings.redis_timeout_ms / 1000,
        ttl_s=settings.redis_ttl_s,
        pause_s=settings.redis_pause_ms / 1000,
        telemetry=telemetry,
    )
    return TieredCache(memory, redis)
