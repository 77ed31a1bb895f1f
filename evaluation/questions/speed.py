"""What clustering costs: seconds and memory, in a process that holds nothing else."""

import multiprocessing
import re
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter

import numpy as np

from nlp_service.contracts import Kind, QuestionItem, Vectors
from nlp_service.tasks.questions import QuestionClusterer

STATUS = Path("/proc/self/status")
MEGABYTE = 1_000_000
KIND: Kind = "enquiry"


def measure(clusterer: QuestionClusterer, texts: Sequence[str], vectors: Vectors) -> dict[str, float | int | None]:
    """Cluster in a fresh process. The libraries and dictionaries that clustering loads on first use are counted.

    `peak_rss_mb` is of the whole process, `loaded_rss_mb` what it held before the clustering began: Python, numpy, the
    texts and their vectors. Both are None where the system doesn't tell.

    Args:
        vectors: shape (texts, dimension).
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vectors.npy"
        np.save(file, vectors)
        # A forked process would begin with this one's memory, encoder and all.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            return pool.submit(_measured, clusterer, list(texts), file).result()


def peak_memory() -> float | None:
    """Most megabytes of memory that this process has held; None where the system doesn't tell."""
    # Not getrusage: its peak of a new process includes the parent's memory at the time of the fork.
    return _memory("VmHWM")


def _measured(clusterer: QuestionClusterer, texts: list[str], file: Path) -> dict[str, float | int | None]:
    vectors = np.load(file)
    questions = [QuestionItem(str(row), text) for row, text in enumerate(texts)]
    loaded = _memory("VmRSS")
    start = perf_counter()
    clustering = clusterer.cluster(questions, vectors, [KIND] * len(questions))
    return {
        "questions": len(questions),
        "seconds": perf_counter() - start,
        "peak_rss_mb": peak_memory(),
        "loaded_rss_mb": loaded,
        "clusters": len(clustering.clusters),
        "share_of_outliers": len(clustering.outliers) / len(questions),
    }


def _memory(name: str) -> float | None:
    if not STATUS.exists():
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB", STATUS.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
    return int(found[1]) * 1024 / MEGABYTE if found else None
