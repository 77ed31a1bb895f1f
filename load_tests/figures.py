"""Numbers from records and samples: pure functions."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from load_tests.monitor import Sample
from load_tests.records import UNANSWERED, Record

PERCENTILES = {"p50_ms": 50.0, "p90_ms": 90.0, "p95_ms": 95.0, "p99_ms": 99.0, "p999_ms": 99.9}
TIMING = re.compile(r"(?:^|,)\s*([\w-]+)(?:;[^;,]*)*?;\s*dur=(\d+(?:\.\d+)?)")
TIMINGS_READ = 20_000
FILL_SHARE, LAST_SHARE = 0.3, 0.2
"""Memory growth compares the end of a run with the time when caches and pools have had time to fill."""

Figures = dict[str, Any]


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that so many percent don't exceed (nearest rank); None of nothing.

    Args:
        ordered: ascending.
    """
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)] if ordered else None


def phases(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records by phase, in the order in which the phases began."""
    grouped: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record.scheduled):
        grouped[record.phase].append(record)
    return dict(grouped)


def parts(records: Iterable[Record], background: str = "") -> dict[str, list[Record]]:
    """Records by phase; where one has requests of the background, each of its kinds by itself, that one last."""
    grouped = {}
    for phase, group in phases(records).items():
        kinds = sorted({record.kind for record in group}, key=lambda kind: (kind == background, kind))
        if background in kinds:
            grouped |= {f"{phase}, {kind}": [record for record in group if record.kind == kind] for kind in kinds}
        else:
            grouped[phase] = group
    return grouped


def summary(records: Sequence[Record], deadline_ms: float | None = None) -> Figures:
    """What became of a phase's requests. Latencies are those of whole answers with status 200.

    Args:
        deadline_ms: an answer that comes later is no use; None if any time will do.
    """
    if not records:
        return {"requests": 0}
    begin = min(record.scheduled for record in records)
    first = [record for record in records if record.attempt == 1]
    # Rates are of the time in which new work was offered: answers that come after it don't count, nor does the time
    # in which only those come back who were told to.
    end = max(record.scheduled for record in first or records)
    seconds = max(end - begin, 1e-3)
    good = [record for record in records if record.good]
    useful = [record for record in good if deadline_ms is None or record.latency_s * 1000 <= deadline_ms]
    waits = sorted(record.latency_s * 1000 for record in good)
    figures: Figures = {
        "requests": len(records),
        "seconds": seconds,
        "offered_per_s": len(first) / seconds,
        "requests_per_s": sum(record.answered <= end for record in good) / seconds,
        "sentences_per_s": sum(record.sentences for record in useful if record.answered <= end) / seconds,
        "refused_share": share(record.status == 429 for record in first),
        "error_share": share(not record.good and record.status != 429 for record in records),
        "server_errors": sum(record.status >= 500 for record in records),
        "unanswered": sum(record.status == UNANSWERED for record in records),
        "statuses": {str(status): count for status, count in sorted(Counter(r.status for r in records).items())},
        "mean_ms": sum(waits) / len(waits) if waits else None,
        **{name: percentile(waits, at) for name, at in PERCENTILES.items()},
        "max_ms": waits[-1] if waits else None,
        "sent_late_p99_ms": percentile(sorted((record.sent - record.scheduled) * 1000 for record in records), 99),
    }
    if deadline_ms is not None:
        figures["within_deadline_share"] = len(useful) / len(good) if good else None
    return figures


def retry_after(records: Iterable[Record]) -> Figures:
    """Whether refusals said when to come again, and whether that came true; of no refusals, all did."""
    kept = list(records)
    refused = [record for record in kept if record.status == 429]
    followed = [record for record in kept if record.attempt == 2]
    return {
        "refused": len(refused),
        "retry_after_given_share": share(record.retry_after_s is not None for record in refused) if refused else 1.0,
        "retries": len(followed),
        "retry_after_kept_share": share(record.good for record in followed) if followed else 1.0,
        "retry_after_mean_s": mean(record.retry_after_s for record in refused if record.retry_after_s is not None),
    }


def stages(records: Sequence[Record]) -> dict[str, Figures]:
    """Milliseconds by stage, as the server reported them in `Server-Timing`; a stage that isn't named counts as 0."""
    timings = [dict(TIMING.findall(record.timing)) for record in records if record.good and record.timing]
    timings = timings[:: max(1, len(timings) // TIMINGS_READ)]
    names = dict.fromkeys(name for timing in timings for name in timing)
    table = {}
    for name in names:
        values = sorted(float(timing.get(name, 0.0)) for timing in timings)
        table[name] = {"mean_ms": sum(values) / len(values), "p95_ms": percentile(values, 95)}
    return table


def encoded_share(records: Iterable[Record]) -> float | None:
    """Of the answers with stage times, those for which the encoder worked; the others came from a cache."""
    timings = (dict(TIMING.findall(record.timing)) for record in records if record.good and record.timing)
    return share("encode" in timing for timing in timings)


def by_second(records: Sequence[Record], origin: float, background: str = "") -> list[Figures]:
    """For each second of the run: latencies of what was due then, answers and statuses that came then.

    Args:
        background: kind of requests whose latencies are left out.
    """
    due: dict[int, list[float]] = defaultdict(list)
    came: dict[int, Counter[str]] = defaultdict(Counter)
    work: Counter[int] = Counter()
    for record in records:
        came[int(record.answered - origin)][str(record.status)] += 1
        if record.good:
            if record.kind != background:
                due[int(record.scheduled - origin)].append(record.latency_s * 1000)
            work[int(record.answered - origin)] += record.sentences
    rows = []
    for second in sorted(due.keys() | came.keys()):
        waits = sorted(due[second])
        row: Figures = {"second": second, "statuses": dict(sorted(came[second].items())), "sentences": work[second]}
        rows.append(row | {name: percentile(waits, PERCENTILES[name]) for name in ("p50_ms", "p95_ms", "p99_ms")})
    return rows


def memory_growth(samples: Sequence[Sample], begin: float, end: float) -> float | None:
    """Resident memory at the end of a time over that when it had filled up, less 1; None without enough samples."""
    filled = begin + FILL_SHARE * (end - begin)
    early = [s.rss_bytes for s in samples if filled <= s.at <= filled + LAST_SHARE * (end - begin)]
    late = [s.rss_bytes for s in samples if end - LAST_SHARE * (end - begin) <= s.at <= end]
    return median(late) / median(early) - 1 if early and late and median(early) else None


def server_side(samples: Sequence[Sample]) -> Figures:
    """What the server counted between the first and the last of one server's samples."""
    if len(samples) < 2:
        return {}
    first, last = samples[0], samples[-1]
    seconds = last.at - first.at

    def gained(name: str, **labels: str) -> float:
        return last.value(name, **labels) - first.value(name, **labels)

    padded, hits, misses = (
        gained("batch_padded_tokens_total"),
        gained("cache_lookups_total", result="hit"),
        gained("cache_lookups_total", result="miss"),
    )
    sequences, batches = gained("batch_sequences_sum"), gained("batch_sequences_count")
    return {
        "server_cpus": (last.cpu_s - first.cpu_s) / seconds,
        "rss_mib": last.rss_bytes / 2**20,
        "rss_peak_mib": max(sample.rss_bytes for sample in samples) / 2**20,
        "queue_tokens_peak": max(sample.value("queue_tokens") for sample in samples),
        "encoded_sequences_per_s": sequences / seconds,
        "encoded_tokens_per_s": gained("batch_tokens_total") / seconds,
        "padding_share": 1 - gained("batch_tokens_total") / padded if padded else None,
        "batch_sequences_mean": sequences / batches if batches else None,
        "cache_hit_share": hits / (hits + misses) if hits + misses else None,
        "cache_failures": gained("cache_failures_total"),
    }


def watched(samples: Sequence[Sample], origin: float) -> list[Figures]:
    """The samples as plain numbers, counters as what they gained since the last one."""
    rows = []
    for before, now in zip([None, *samples], samples, strict=False):
        row: Figures = {
            "second": now.at - origin,
            "server": now.server,
            "rss_mib": now.rss_bytes / 2**20,
            "queue_tokens": _lanes(now),
            "in_flight_requests": now.value("in_flight_requests"),
        }
        if before is not None and before.server == now.server and now.at > before.at:
            row |= {name: value for name, value in server_side([before, now]).items() if name in _SHARES}
        rows.append(row)
    return rows


_SHARES = ("server_cpus", "padding_share", "cache_hit_share", "encoded_sequences_per_s")


def _lanes(sample: Sample) -> Mapping[str, float]:
    """Tokens waiting by lane; by none, if the server has no lanes."""
    if not any("lane" in dict(labels) for _, labels in sample.metrics):
        return {"all": sample.value("queue_tokens")}
    return {lane: sample.value("queue_tokens", lane=lane) for lane in ("interactive", "bulk")}


def share(truths: Iterable[bool]) -> float | None:
    """How many of these are true; None of nothing."""
    return mean(map(float, truths))


def mean(values: Iterable[float]) -> float | None:
    """Arithmetic mean; None of nothing."""
    kept = list(values)
    return sum(kept) / len(kept) if kept else None


def ratio(one: float | None, other: float | None) -> float | None:
    """One over the other; None where either is missing or the other is 0."""
    return one / other if one is not None and other else None
