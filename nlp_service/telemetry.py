"""What the service measures about itself: Prometheus metrics, and the stage times of each request.

Nothing here ever sees a text. Labels come from small closed sets, so that no caller can make the metrics grow.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal, TypeVar, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from nlp_service.calls import LANES, Lane
from nlp_service.shared_metrics import SharedMetrics

Refusal = Literal["full", "deadline"]
"""There was no room, or no answer could have been ready in time."""
Reload = Literal["swapped", "refused"]
"""The new model took the old one's place, or didn't."""

METRICS_MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
"""What `Telemetry.render` writes."""

M = TypeVar("M", Counter, Gauge, Histogram)

UNMATCHED = "unmatched"
"""The route of a request that no route answers; a raw path never becomes a label."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SEQUENCES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(slots=True, eq=False)
class RequestTimes:
    """One request while it is under way. Stages may be recorded from several worker threads at once.

    Attributes:
        route: template of the route that answers, e.g. `/v1/taxonomies/{id}`.
        status: HTTP status sent; stays 500 if no answer was begun.
    """

    method: str
    route: str = UNMATCHED
    status: int = 500
    _started: float = field(default_factory=perf_counter)
    _stages: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, stage: str, seconds: float) -> None:
        """Add to what the stage has taken so far."""
        with self._lock:
            self._stages[stage] = self._stages.get(stage, 0.0) + seconds

    @property
    def stages(self) -> dict[str, float]:
        """Seconds by stage, in order of first completion; stages that overlap may add up to more than `elapsed`."""
        with self._lock:
            return dict(self._stages)

    @property
    def elapsed(self) -> float:
        """Seconds since the request arrived."""
        return perf_counter() - self._started


class _ByLabels(dict[tuple[str, ...], M]):
    """A metric's children. Looking one up here costs a tenth of what it costs in `prometheus_client`."""

    def __init__(self, metric: M) -> None:
        super().__init__()
        self._metric: M = metric

    def __missing__(self, labels: tuple[str, ...]) -> M:
        child: M = self._metric.labels(*labels)
        self[labels] = child
        return child


_current: ContextVar[RequestTimes | None] = ContextVar("nlp_service_request_times", default=None)


class Telemetry:
    """The metrics of one service, in a registry of its own. All methods may be called from any thread.

    Args:
        shared: where several processes keep the metrics of one service together; each then renders those of all.

    A stage is credited to the request whose context it runs in. `asyncio.to_thread` and tasks carry the context along;
    `loop.run_in_executor` and tasks made at start-up don't: there a stage reaches the metrics, but no request's header.
    """

    def __init__(self, shared: SharedMetrics | None = None) -> None:
        self._registry = CollectorRegistry()
        if shared is not None:
            shared.begin()
        self._rendered = self._registry if shared is None else shared.registry()
        ProcessCollector(registry=self._registry)
        self._requests = _ByLabels(self._counter("requests", "Requests answered.", "route", "method", "status"))
        self._request_seconds = _ByLabels(
            self._histogram("request_seconds", "Time to answer a request.", _SECONDS, "route")
        )
        self._in_flight = self._gauge("in_flight_requests", "Requests under way.")
        self._stage_seconds = _ByLabels(
            self._histogram("stage_seconds", "Time in one stage of the work.", _SECONDS, "stage")
        )
        self._lookups = _ByLabels(self._counter("cache_lookups", "Vectors looked up in a cache.", "backend", "result"))
        self._cache_failures = self._counter("cache_failures", "Cache calls that failed.", "backend")
        self._cache_resting = self._gauge(
            "cache_resting", "1 while a cache is left alone after failing.", "backend", of_several="livemax"
        )
        self._resting: dict[str, set[int]] = {}
        self._sequences = self._histogram("batch_sequences", "Sequences in an encoder batch.", _SEQUENCES)
        self._tokens = self._counter("batch_tokens", "Tokens encoded, without padding.")
        self._padded = self._counter("batch_padded_tokens", "Tokens encoded, with padding.")
        self._batch_seconds = self._histogram("batch_seconds", "Time of the encoder on a batch.", _SECONDS)
        self._queue_tokens = _ByLabels(self._gauge("queue_tokens", "Tokens waiting for the encoder.", "lane"))
        self._queue_sequences = _ByLabels(self._gauge("queue_sequences", "Sequences waiting for the encoder.", "lane"))
        self._queues: dict[Lane, dict[int, tuple[int, int]]] = {lane: {} for lane in LANES}
        self._queue_seconds = _ByLabels(
            self._histogram("queue_seconds", "Time of the sequence of a batch that waited longest.", _SECONDS, "lane")
        )
        self._refused = self._counter("refused", "Requests refused because of what was waiting.", "lane", "reason")
        self._dropped = self._counter("dropped_sequences", "Sequences whose callers left before their batch began.")
        self._reloads = self._counter("reloads", "Contact-reason models and taxonomies read again.", "result")
        self._begin_at_zero()

    @contextmanager
    def request(self, method: str) -> Iterator[RequestTimes]:
        """Measure one request; the caller fills in `route` and `status`."""
        times = RequestTimes(method if method in _METHODS else "other")
        token = _current.set(times)
        self._in_flight.inc()
        try:
            yield times
        finally:
            self._in_flight.dec()
            _current.reset(token)
            self._requests[
                times.route,
                times.method,
                str(times.status),
            ].inc()
            self._request_seconds[times.route,].observe(times.elapsed)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage of the work. `name` is a constant of the code: lower-case letters and underscores."""
        started = perf_counter()
        try:
            yield
        finally:
            self.took(name, perf_counter() - started)

    def took(self, stage: str, seconds: float) -> None:
        """Count a stage that was measured elsewhere; see `stage`."""
        self._stage_seconds[stage,].observe(seconds)
        times = _current.get()
        if times is not None:
            times.add(stage, seconds)

    def cache_lookups(self, backend: str, hits: int, misses: int) -> None:
        """Count vectors found and not found in a cache, e.g. `memory` or `redis`."""
        self._lookups[
            backend,
            "hit",
        ].inc(hits)
        self._lookups[
            backend,
            "miss",
        ].inc(misses)

    def cache_failure(self, backend: str) -> None:
        """Count a call to a cache that failed and was taken for a miss."""
        self._cache_failures.labels(backend).inc()

    def cache_resting(self, backend: str, resting: bool, cache: int = 0) -> None:
        """Say whether a cache is left alone after a failure; to be said of each cache from its start.

        Args:
            cache: tells caches of the same backend apart; the metric says whether any of them is left alone.
        """
        caches = self._resting.setdefault(backend, set())
        (caches.add if resting else caches.discard)(cache)
        self._cache_resting.labels(backend).set(bool(caches))
        self._cache_failures.labels(backend)  # is there before the first failure: see `_begin_at_zero`

    def batch(self, sequences: int, tokens: int, padded: int, seconds: float) -> None:
        """Count an encoder batch.

        Args:
            tokens: what the sequences hold.
            padded: what the encoder computes on: sequences × the longest of them. `tokens / padded` is the efficiency.
        """
        self._sequences.observe(sequences)
        self._tokens.inc(tokens)
        self._padded.inc(padded)
        self._batch_seconds.observe(seconds)

    def queue(self, lane: Lane, sequences: int, tokens: int, queue: int = 0) -> None:
        """Set what waits for an encoder now.

        Args:
            queue: tells the queues of several encoders apart; the metrics are about all.
        """
        queues = self._queues[lane]
        if queues.get(queue) != (sequences, tokens):
            queues[queue] = sequences, tokens
            self._queue_sequences[lane,].set(sum(sequences for sequences, _ in queues.values()))
            self._queue_tokens[lane,].set(sum(tokens for _, tokens in queues.values()))

    def waited(self, lane: Lane, seconds: float) -> None:
        """Count a batch that left the queue for the encoder.

        Args:
            seconds: what the sequence of it that waited longest had waited.
        """
        self._queue_seconds[lane,].observe(seconds)

    def dropped(self, sequences: int) -> None:
        """Count sequences that nobody waited for any more."""
        self._dropped.inc(sequences)

    def refused(self, lane: Lane, reason: Refusal) -> None:
        """Count a request that found no room, or couldn't have been answered in its time."""
        self._refused.labels(lane, reason).inc()

    def reload(self, result: Reload) -> None:
        """Count a contact-reason model and taxonomy that were read again, and took the old ones' place or didn't."""
        self._reloads.labels(result).inc()

    def render(self) -> bytes:
        """All metrics in the Prometheus text format, `METRICS_MEDIA_TYPE`."""
        return generate_latest(self._rendered)

    def _begin_at_zero(self) -> None:
        """Make the counters of what is rare: Prometheus sees no increase in one that appears with its first event."""
        for lane in LANES:
            for reason in get_args(Refusal):
                self._refused.labels(lane, reason)
        for result in get_args(Reload):
            self._reloads.labels(result)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"nlp_service_{name}", text, labels, registry=self._registry)

    def _gauge(
        self, name: str, text: str, *labels: str, of_several: Literal["livesum", "livemax"] = "livesum"
    ) -> Gauge:
        return Gauge(f"nlp_service_{name}", text, labels, registry=self._registry, multiprocess_mode=of_several)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"nlp_service_{name}", text, labels, buckets=buckets, registry=self._registry)
