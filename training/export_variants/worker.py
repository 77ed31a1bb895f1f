"""One variant in a process of its own, so that its memory is its own: `python -m training.export_variants.worker JOB`.

Reads commands from standard input, a line each, and answers each with a line of JSON: `round` times the model once,
`vectors` writes the vectors. The first answer comes when the model is ready. Imports only numpy and its runtime.
"""

import ctypes
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.export_variants.runtimes import RUNTIMES, Integers, Opened

BATCH_SIZES = (64, 32)
SINGLES = 40
STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class Job:
    """What a worker is told, as JSON, on its command line.

    Attributes:
        runtime: a key of `RUNTIMES`.
        sequences: JSON file of token ids, a list for each text.
        vectors: npz file to write: `alone` and `batched`, both of shape (texts, hidden).
    """

    runtime: str
    model: str
    threads: int
    expand: bool
    sequences: str
    vectors: str
    pad_id: int


class Work:
    """A model and its texts, padded beforehand: nothing but the model is timed."""

    def __init__(self, opened: Opened, sequences: Sequence[Sequence[int]], pad_id: int) -> None:
        self._opened = opened
        self._sequences = sequences
        self._pad_id = pad_id
        by_length = sorted(sequences, key=len)
        self._batches = {size: [self._padded(part) for part in _parts(by_length, size)] for size in BATCH_SIZES}
        self._singles = [self._padded([one]) for one in by_length[:: -(-len(by_length) // SINGLES)]]

    def round(self) -> dict[str, float]:
        """Seconds for all texts by batch size, and the median of seconds for one text alone."""
        seconds = {str(size): sum(map(self._seconds, batches)) for size, batches in self._batches.items()}
        return {**seconds, "single": float(np.median([self._seconds(single) for single in self._singles]))}

    def vectors(self) -> dict[str, NDArray[np.float32]]:
        """Of each text alone, and in batches of neighbours of any length; both of shape (texts, hidden)."""
        alone = [self._opened.encode(*self._padded([sequence])) for sequence in self._sequences]
        order = np.random.default_rng(0).permutation(len(self._sequences))
        mixed = _parts([self._sequences[place] for place in order], max(BATCH_SIZES))
        batched = np.concatenate([self._opened.encode(*self._padded(part)) for part in mixed])
        return {"alone": np.concatenate(alone), "batched": batched[np.argsort(order)]}

    def _seconds(self, batch: tuple[Integers, Integers]) -> float:
        start = perf_counter()
        self._opened.encode(*batch)
        return perf_counter() - start

    def _padded(self, sequences: Sequence[Sequence[int]]) -> tuple[Integers, Integers]:
        """Ids and mask, both of shape (sequences, longest)."""
        lengths = np.array([len(sequence) for sequence in sequences])
        mask = np.arange(lengths.max()) < lengths[:, None]
        ids = np.full(mask.shape, self._pad_id, dtype=self._opened.integers)
        ids[mask] = np.concatenate([np.asarray(sequence) for sequence in sequences])
        return ids, mask.astype(self._opened.integers)


def main() -> None:
    job = Job(**json.loads(sys.argv[1]))
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what runtimes print isn't an answer

        def answer(content: dict[str, Any]) -> None:
            print(json.dumps(content), file=answers, flush=True)

        try:
            opened = RUNTIMES[job.runtime](Path(job.model), job.threads, expand=job.expand)
            _release_freed_memory()
            work = Work(opened, json.loads(Path(job.sequences).read_text(encoding="utf-8")), job.pad_id)
            answer({"load_s": opened.load_s})
            for line in sys.stdin:
                if line.strip() == "round":
                    answer(work.round())
                else:
                    np.savez(job.vectors, allow_pickle=False, **work.vectors())
                    answer({"resident": _resident()})
        except Exception as error:  # whatever a runtime raises belongs into the report
            answer({"error": f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"})


def _parts(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _resident() -> int | None:
    """Bytes of this process in memory; None where the system doesn't say."""
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if STATM.exists() else None


def _release_freed_memory() -> None:
    """As the service does after loading."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


if __name__ == "__main__":
    main()
