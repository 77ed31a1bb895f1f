"""Compare engines and devices on one encoder: `python -m evaluation.engines --engine NAME:DEVICE … --report DIR`.

Speed of each, the share that is left of the bare model's speed, and how near its vectors are to those of
onnxruntime:cpu. Exit code 2 if an engine that was named can't be used, 1 if an engine's vectors are out of tolerance.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any, get_args

import numpy as np

from evaluation.reporting import command_line, one_line_errors, write_report
from nlp_service import artifact
from nlp_service.artifact import Artifact
from nlp_service.assembly import available_cpus, open_encoder
from nlp_service.contracts import Vectors
from nlp_service.embedding.encoder.artifact_encoder import ArtifactEncoder
from nlp_service.errors import ConfigurationError, DataError
from nlp_service.settings import MODELS, Settings
from nlp_service.text import prepare

NAME = "evaluation.engines"
REFERENCE = "onnxruntime:cpu"
LOWEST_COSINE = {"float32": 0.9999, "bfloat16": 0.999}
"""The tolerance: a text's vector has at least this cosine with that of onnxruntime:cpu, by precision."""
TEXTS = Path("evaluation/challenge/sentences.jsonl")
BATCH_SIZES = (8, 32, 128)
ROUNDS = 3
SINGLES = 50
MILLION = 1_000_000

Rows = dict[str, dict[str, Any]]
"""Engine → figure → value."""


def main() -> None:
    options = _parser().parse_args()
    with one_line_errors(NAME, options.report):
        engines, unusable = run(options)
    for name, reason in unusable.items():
        print(f"{NAME}: {name}: {reason}", file=sys.stderr)
    if unusable and options.engine:
        sys.exit(2)
    outside = [name for name, row in engines.items() if row["off: millionths"] > row["tolerated: millionths"]]
    if outside:
        print(f"{NAME}: out of tolerance: {', '.join(outside)}", file=sys.stderr)
        sys.exit(1)


def run(options: argparse.Namespace) -> tuple[Rows, dict[str, str]]:
    """Measure and write the report.

    Returns:
        Nearness and speed alone, by engine; the reason why by engine that can't be used.
    """
    texts = read_texts(options.texts)
    model = artifact.load(options.encoder, "encoder")
    encoders, unusable = opened(model, options.engine or known(), options.threads)
    reference = encoders.get(REFERENCE) or opened(model, [REFERENCE], options.threads)[0][REFERENCE]
    expected = in_batches(reference, texts, 1)
    engines = {name: nearness(encoder, texts, expected, max(options.batch)) for name, encoder in encoders.items()}
    batched: dict[str, Rows] = {}
    for name, encoder in encoders.items():
        engines[name] |= {"one sentence: ms": single_ms(encoder, texts)}
        for figure, values in speed(encoder, texts, options.batch, options.rounds).items():
            batched.setdefault(figure, {})[name] = values
    write_report(
        options.report,
        "Engines",
        {
            **{"texts": len(texts), "threads": options.threads, "gpu": gpu_name()},
            **{"engines": engines, **batched},
            **({"not usable": {name: {"reason": reason} for name, reason in unusable.items()}} if unusable else {}),
        },
        command=command_line(NAME),
        data=[options.texts],
        artifacts={"encoder": model.digest},
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))
    return engines, unusable


def known() -> list[str]:
    """Every engine that runs the encoder on every device, as NAME:DEVICE."""
    engines, devices = (get_args(Settings.model_fields[setting].annotation) for setting in ("engine", "device"))
    return [":".join(pair) for pair in product((engine for engine in engines if engine != "fake"), devices)]


def opened(model: Artifact, names: Sequence[str], threads: int) -> tuple[dict[str, ArtifactEncoder], dict[str, str]]:
    """The encoder by engine, and the reason by engine that can't be used."""
    encoders, unusable = {}, {}
    for name in dict.fromkeys(names):
        engine, _, device = name.partition(":")
        try:
            encoders[name] = open_encoder(model, engine=engine, device=device, threads=threads)
        except ConfigurationError as error:
            unusable[name] = str(error)
    return encoders, unusable


def read_texts(path: Path) -> list[str]:
    """The prepared texts, all visible, of JSON Lines with the field `text`.

    Raises:
        DataError: if a line is something else, or there is no text.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        texts = [text for row in rows if (text := prepare(row["text"]))]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: needs a JSON object with the field 'text' on every line: {error!r}") from None
    if not texts:
        raise DataError(f"{path}: has no text")
    return texts


def in_batches(encoder: ArtifactEncoder, texts: Sequence[str], size: int) -> Vectors:
    """Vectors, shape (texts, dimension), in order, from batches of texts of similar length."""
    order = by_length(encoder, texts)
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    vectors = np.empty((len(texts), encoder.info.dimension), dtype=np.float32)
    for rows in batches:
        vectors[rows] = encode(encoder, [texts[row] for row in rows])
    return vectors


def encode(encoder: ArtifactEncoder, texts: Sequence[str]) -> Vectors:
    """Vectors of one batch, shape (texts, dimension), in order."""
    return encoder.encode(encoder.tokenize(texts))


def by_length(encoder: ArtifactEncoder, texts: Sequence[str]) -> list[int]:
    """Positions of the texts, fewest tokens first."""
    lengths = [len(sequence) for sequence in encoder.tokenize(texts)]
    return sorted(range(len(texts)), key=lengths.__getitem__)


def nearness(encoder: ArtifactEncoder, texts: Sequence[str], expected: Vectors, size: int) -> dict[str, Any]:
    """Cosines with the expected vectors, alone and in batches, and the largest change of a number between these two.

    What is near 0 or 1 comes in millionths too: `off` is 1 - the lowest cosine, `tolerated` what it may be.
    """
    alone, batched = (in_batches(encoder, texts, count) for count in (1, size))
    cosines = np.concatenate([(vectors * expected).sum(axis=1) for vectors in (alone, batched)])
    return {
        "precision": encoder.info.precision,
        "lowest cosine": float(cosines.min()),
        "mean cosine": float(cosines.mean()),
        "off: millionths": MILLION * max(0.0, 1 - float(cosines.min())),
        "tolerated: millionths": MILLION * (1 - LOWEST_COSINE[encoder.info.precision]),
        "largest change in a batch: millionths": MILLION * float(np.abs(alone - batched).max()),
    }


def speed(encoder: ArtifactEncoder, texts: Sequence[str], sizes: Sequence[int], rounds: int) -> Rows:
    """Figure → batch size → median over the rounds, after one round that doesn't count.

    Sentences a second from text to vector, of the bare model on tensors that are in place, and the share of the latter
    that the former reaches.
    """
    in_order = [texts[row] for row in by_length(encoder, texts)]
    figures: Rows = {"sentences/s": {}, "bare model: sentences/s": {}, "share of the bare model": {}}
    for size in sizes:
        batches = [in_order[start : start + size] for start in range(0, len(in_order), size)]
        whole = [partial(encode, encoder, batch) for batch in batches]
        bare = [encoder.bare(encoder.tokenize(batch)) for batch in batches]
        seconds = [[_seconds(whole), _seconds(bare)] for _ in range(rounds + 1)]
        rates = len(texts) / np.array(seconds[1:])
        values = [*np.median(rates, axis=0), np.median(rates[:, 0] / rates[:, 1])]
        for figure, value in zip(figures.values(), values, strict=True):
            figure[f"batches of {size}"] = float(value)
    return figures


def single_ms(encoder: ArtifactEncoder, texts: Sequence[str]) -> float:
    """Median of the milliseconds from one text to its vector."""
    some = texts[:: max(1, len(texts) // SINGLES)]
    return 1000 * float(np.median([_seconds([partial(encode, encoder, [text])]) for text in some]))


def gpu_name() -> str | None:
    """The GPUs of this machine, as the driver calls them."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    asked = [program, "--query-gpu=name", "--format=csv,noheader"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return ", ".join(found.stdout.splitlines()) or None


def _seconds(calls: Sequence[Callable[[], object]]) -> float:
    start = perf_counter()
    for call in calls:
        call()
    return perf_counter() - start


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {NAME}", description=__doc__)
    parser.add_argument("--encoder", type=Path, default=MODELS / "encoder", help="folder of the encoder")
    parser.add_argument("--engine", nargs="+", choices=known(), help="default: all that can be used")
    parser.add_argument("--texts", type=Path, default=TEXTS, help="JSON Lines with `text`; default: %(default)s")
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    parser.add_argument("--batch", type=int, nargs="+", default=BATCH_SIZES, help="sizes; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of measuring speed; default: %(default)s")
    parser.add_argument("--threads", type=int, default=available_cpus(), help="on the CPU; default: %(default)s")
    return parser


if __name__ == "__main__":
    main()
