"""The limit: nothing but the encoder, in a loop, on all sentences at once, sorted by length.

Prints JSON: for each way of using the cores, sentences a second with and without the time of the tokenizer.
"""

import argparse
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

PAD = 1
Batch = dict[str, Any]


def batches(sequences: list[list[int]], budget: int) -> Iterator[Batch]:
    """Padded batches of sequences of like length, each of at most `budget` tokens, padding included."""
    batch: list[list[int]] = []
    for sequence in sorted(sequences, key=len):
        if batch and len(sequence) * (len(batch) + 1) > budget:
            yield _padded(batch)
            batch = []
        batch.append(sequence)
    yield _padded(batch)


def _padded(sequences: list[list[int]]) -> Batch:
    ids = np.full((len(sequences), len(sequences[-1])), PAD, np.int32)
    for row, sequence in zip(ids, sequences, strict=True):
        row[: len(sequence)] = sequence
    return {"input_ids": ids, "attention_mask": (ids != PAD).astype(np.int32)}


def run(session: onnxruntime.InferenceSession, work: list[Batch], callers: int) -> None:
    """Run all batches, longest first, from this many threads."""
    left = iter(reversed(work))
    lock = threading.Lock()

    def call() -> None:
        while True:
            with lock:
                batch = next(left, None)
            if batch is None:
                return
            session.run(["embeddings"], batch)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def session_of(model: Path, threads: int) -> onnxruntime.InferenceSession:
    """A session that expands the stored integers once, while loading, as our server's does."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifact", type=Path)
    parser.add_argument("sentences", type=Path, help="JSON list")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--batch-tokens", type=int, default=1024)
    given = parser.parse_args()
    sentences = json.loads(given.sentences.read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(given.artifact / "tokenizer.json"))
    tokenizer.enable_truncation(512)

    def prepared(texts: list[str]) -> list[Batch]:
        return list(batches([encoding.ids for encoding in tokenizer.encode_batch_fast(texts)], given.batch_tokens))

    results = []
    for threads, callers in ((1, given.cores), (given.cores, 1)):
        session = session_of(given.artifact / "model.onnx", threads)
        run(session, prepared(sentences[::8]), callers)
        began = time.perf_counter()
        work = prepared(sentences)
        tokenized = time.perf_counter()
        run(session, work, callers)
        ended = time.perf_counter()
        results.append(
            {
                "threads": threads,
                "callers": callers,
                "encoder": len(sentences) / (ended - tokenized),
                "with_tokenizer": len(sentences) / (ended - began),
            }
        )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
