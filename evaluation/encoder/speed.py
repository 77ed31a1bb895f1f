"""What an encoder costs: sentences a second, milliseconds for one sentence, memory."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from evaluation.encoder.candidates import BATCH, Candidate, encode_sorted

ROUNDS = 5
SINGLES_PER_ROUND = 40
STATM = Path("/proc/self/statm")


def measure(candidates: Sequence[Candidate], texts: Sequence[str], rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Speed by candidate; they take turns in every round, so that what else the machine does meets all alike.

    Returns:
        By name: the medians over the rounds of sentences a second (batches of similar length) and of its ratio to the
        first candidate's in the same round; the median of milliseconds for a sentence alone, and its ratio likewise.
    """
    batched: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
    single: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
    alone = texts[:: max(1, len(texts) // SINGLES_PER_ROUND)][:SINGLES_PER_ROUND]
    for candidate in candidates:
        candidate.encode(texts[:BATCH])
    for _ in range(rounds):
        for candidate in candidates:
            batched[candidate.name].append(len(texts) / _seconds(partial(encode_sorted, candidate, texts)))
        for candidate in candidates:
            one_by_one = [_seconds(partial(candidate.encode, [text])) for text in alone]
            single[candidate.name].append(1000 * float(np.median(one_by_one)))
    first = candidates[0].name
    return {
        name: {
            "sentences_per_s": float(np.median(batched[name])),
            "speed_ratio": _ratio(batched[name], batched[first]),
            "single_ms": float(np.median(single[name])),
            "single_ratio": _ratio(single[name], single[first]),
        }
        for name in batched
    }


def memory_grown(load: Callable[[], Candidate]) -> int | None:
    """Bytes of resident memory that loading an encoder and its runtime adds to a fresh process; None where unknown.

    Args:
        load: picklable; called in the fresh process, where one text is encoded too, because some load on first use.
    """
    if not STATM.exists():
        return None
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_grown, load).result()


def _grown(load: Callable[[], Candidate]) -> int:
    before = _resident()
    candidate = load()
    candidate.encode(["一"])
    return _resident() - before


def _resident() -> int:
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _ratio(values: Sequence[float], reference: Sequence[float]) -> float:
    return float(np.median(np.divide(values, reference)))
