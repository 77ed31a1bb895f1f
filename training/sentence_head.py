"""What the heads that label sentences share: seeds, cross-validation on them, calibration, artefact, report."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.heldout import is_held_out
from evaluation.labelled import Labelled
from evaluation.metrics import by_label, classification, expected_calibration_error
from evaluation.reporting import command_line, write_report
from nlp_service import artifact
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.heads import HEAD, Head
from nlp_service.text import split_sentences
from training import noise
from training.head import Recipe, cross_validate, fit, sharpen
from training.seed_sentences import SEEDS, read_seeds
from training.texts import bags_of

_MARKS = "。！!.~～ "


@dataclass(frozen=True)
class Source:
    """Labelled texts of one file, and the weight of each in the loss."""

    path: Path
    rows: Sequence[Labelled]
    weight: float


def train(task: str, field: str, labels: Sequence[str], sources: Sequence[Source], options: argparse.Namespace) -> None:
    """Fit on the seeds and the sources; write artefact and report.

    A source that lacks some of the labels says nothing about them: their probability is left out of its loss.

    Args:
        task: kind of the artefact.
        field: of the seed file.
    """
    seeds = Source(options.seeds, read_seeds(options.seeds, field), options.seed_weight)
    sources = [_readable(source) for source in (seeds, *sources)]
    sources.append(with_other_marks(sources[0], options.held_out))
    rows = [row for source in sources for row in source.rows]
    measured = np.zeros(len(rows), dtype=bool)
    measured[: len(sources[0].rows)] = [is_held_out(row.text, options.held_out) for row in sources[0].rows]
    targets = np.array([[row.label == label for label in labels] for row in rows], dtype=np.float32)
    considered = np.concatenate([_considered(source, labels) for source in sources])
    weights = np.concatenate([np.full(len(source.rows), source.weight, np.float32) for source in sources])
    encoder = OnnxEncoder(artifact.load(options.encoder, "encoder"), threads=options.threads)
    bags = bags_of(encoder, [row.text for row in rows], targets, weights, considered)
    recipe = Recipe(
        robustness=options.robustness,
        epochs=options.epochs,
        rate=options.rate,
        dropout=options.dropout,
        hidden=options.hidden,
        seed=options.seed,
    )
    held_out = np.log(cross_validate(labels, bags, measured, recipe) + 1e-12)
    given = targets[measured].argmax(axis=1)
    temperature = noise.fit(held_out, given).temperature
    calibrated = noise.cool(held_out, temperature)
    head = sharpen(fit(labels, bags, recipe), temperature)
    config = {"encoder_digest": encoder.info.digest, "temperature": temperature, "seed": options.seed}
    digest = _write(task, head, config, options)
    figures = _figures(labels, given, calibrated) | {
        "texts used": {f"{source.path.name}, weight {source.weight:g}": len(source.rows) for source in sources}
    }
    folder = options.report or options.out
    write_report(
        folder,
        f"Training: {task}",
        figures,
        command=command_line(f"training.{task}"),
        data=list(dict.fromkeys(source.path for source in sources)),
        artifacts={"encoder": encoder.info.digest, task: digest},
    )
    print((folder / "report.md").read_text(encoding="utf-8"))


def with_other_marks(seeds: Source, held_out: float) -> Source:
    """The seeds that aren't measured, once with an exclamation mark behind them and once with nothing: in reviews the
    mark goes with praise, in complaints with anger, so that it must not decide."""
    bare = [(row.text.rstrip(_MARKS), row) for row in seeds.rows if not is_held_out(row.text, held_out)]
    texts = {text + mark: row.label for text, row in bare if text for mark in ("！", "")}
    known = {row.text for row in seeds.rows}
    rows = [Labelled(text, label) for text, label in texts.items() if text not in known]
    return Source(seeds.path, rows, seeds.weight / 2)


def _figures(labels: Sequence[str], given: NDArray[np.int64], calibrated: NDArray[np.float64]) -> dict[str, Any]:
    """Figures of the seeds' held-out probabilities, shape (seeds, labels)."""
    truth, predicted = [labels[k] for k in given], [labels[k] for k in calibrated.argmax(axis=1)]
    right = (calibrated.argmax(axis=1) == given).astype(float)
    return {
        "seed sentences, cross-validated": {
            "rows": len(given),
            **classification(truth, predicted),
            "expected_calibration_error": expected_calibration_error(calibrated.max(axis=1), right),
        },
        "by label": by_label(truth, predicted),
    }


def _write(task: str, head: Head, config: dict[str, Any], options: argparse.Namespace) -> str:
    """Write the artefact; its digest."""
    options.out.mkdir(parents=True, exist_ok=True)
    head.save(options.out)
    artifact.write(
        options.out,
        kind=task,
        name=task,
        version=options.version,
        files=[HEAD],
        config={"labels": list(head.labels), **config},
        command=command_line(f"training.{task}"),
    )
    return artifact.load(options.out, task).digest


def parser(task: str, description: str | None) -> argparse.ArgumentParser:
    """The options that all sentence heads have."""
    options = argparse.ArgumentParser(prog=f"python -m training.{task}", description=description)
    options.add_argument("--seeds", type=Path, default=SEEDS, help="labelled sentences (%(default)s)")
    options.add_argument("--seed-weight", type=float, default=4.0, help="of a seed sentence in the loss (%(default)s)")
    options.add_argument(
        "--held-out",
        type=float,
        default=0.1,
        help="share of texts that the encoder wasn't trained on: seeds among them give temperature and figures, "
        "other files' are left to evaluate on (%(default)s)",
    )
    options.add_argument("--rows", type=int, default=9000, help="most texts of each file (%(default)s)")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--report", type=Path, help="folder of the report (default: --out)")
    options.add_argument("--encoder", type=Path, default=Path("models/encoder"), help="default: %(default)s")
    options.add_argument("--robustness", type=float, default=0.3, help="0: labels are right, towards 1: many are wrong")
    options.add_argument("--dropout", type=float, default=0.4)
    options.add_argument("--hidden", type=int, default=256, help="width of the hidden layer; 0 for none (%(default)s)")
    options.add_argument("--rate", type=float, default=1e-3)
    options.add_argument("--epochs", type=int, default=12)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--version", default="0")
    return options


def sample(rows: Sequence[Labelled], options: argparse.Namespace) -> list[Labelled]:
    """At most `--rows` of the rows that aren't held out, drawn with the seed."""
    rows = [row for row in rows if not is_held_out(row.text, options.held_out)]
    order = np.random.default_rng(options.seed).permutation(len(rows))
    return [rows[number] for number in order[: options.rows]]


def _readable(source: Source) -> Source:
    """Without the texts that have no sentence."""
    return Source(source.path, [row for row in source.rows if split_sentences(row.text)], source.weight)


def _considered(source: Source, labels: Sequence[str]) -> NDArray[np.float32]:
    known = {row.label for row in source.rows}
    return np.tile(np.array([label in known for label in labels], dtype=np.float32), (len(source.rows), 1))
