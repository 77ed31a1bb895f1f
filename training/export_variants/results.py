"""From what the workers found to the report's tables."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nlp_service.contracts import Vectors
from training.export_variants.measuring import Measured, cosines
from training.export_variants.worker import BATCH_SIZES

MEGABYTE = 1e6
COLUMNS = {
    "per_s_64, per_s_32": "sentences a second in batches of that size, of similar length; median of the rounds",
    "single_ms": "milliseconds for one sentence alone; median",
    "times_…": "how many times as fast as the first variant; median of the ratios within a round",
    "first_per_s_64": "sentences a second in the round that doesn't count, when every shape of batch is new",
    "spread": "of per_s_64: from the slowest round to the fastest, relative to the median",
    "load_s": "seconds from file to ready, without importing the runtime",
    "resident_mb": "memory of the process at the end, runtime included",
    "lowest_cosine, mean_cosine": "with the vectors of PyTorch in float32, each text alone",
    "movement": "largest difference of a component between a text alone and in a batch of longer and shorter ones",
}


def speed(measured: Mapping[str, Measured], texts: int) -> dict[str, dict[str, float]]:
    """A row for each variant; see `COLUMNS`."""
    first = next(iter(measured.values()))
    table: dict[str, dict[str, float]] = {}
    for name, found in measured.items():
        row: dict[str, float] = {}
        for size in map(str, BATCH_SIZES):
            row[f"per_s_{size}"] = texts / _median(found, size)
            row[f"times_{size}"] = _times(found, first, size)
        row["single_ms"] = 1000 * _median(found, "single")
        row["times_single"] = _times(found, first, "single")
        largest = str(max(BATCH_SIZES))
        row[f"first_per_s_{largest}"] = texts / found.rounds[0][largest]
        speeds = [texts / seconds[largest] for seconds in found.rounds[1:]]
        row["spread"] = (max(speeds) - min(speeds)) / float(np.median(speeds))
        table[name] = row
    return table


def agreement(measured: Mapping[str, Measured], reference: Vectors, bytes_of: Callable[[str], int]) -> dict[str, Any]:
    """A row for each variant; see `COLUMNS`. Numbers of which three digits after the point don't tell are written out.

    Args:
        reference: PyTorch's vectors, shape (texts, hidden).
        bytes_of: the size of a variant's files.
    """
    table: dict[str, Any] = {}
    for name, found in measured.items():
        similar = cosines(found.alone, reference)
        table[name] = {
            "file_mb": bytes_of(name) / MEGABYTE,
            "load_s": found.load_s,
            "resident_mb": None if found.resident is None else found.resident / MEGABYTE,
            "lowest_cosine": f"{similar.min():.6f}",
            "mean_cosine": f"{similar.mean():.6f}",
            "movement": f"{np.abs(found.alone - found.batched).max():.1e}",
        }
    return table


def _median(found: Measured, key: str) -> float:
    return float(np.median([seconds[key] for seconds in found.rounds[1:]]))


def _times(found: Measured, first: Measured, key: str) -> float:
    pairs = zip(first.rounds[1:], found.rounds[1:], strict=True)
    return float(np.median([theirs[key] / ours[key] for theirs, ours in pairs]))
