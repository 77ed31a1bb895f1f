"""Train the contact-reason head: `python -m training.reasons --taxonomy tree.yaml --train train.jsonl --out DIR`.

The head is one softmax over the tree's codes and "out of scope", fitted on the frozen encoder with a loss that
tolerates wrong labels. Temperature and the share of wrong labels come from cross-validation: on the rows of
`--calibrate`, if given, else on those of `--train`, which misleads if the encoder itself was trained on their labels.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.labelled import Labelled, read_all, read_labelled, read_texts
from evaluation.metrics import classification
from evaluation.reporting import command_line, write_report
from nlp_service import artifact, taxonomy
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.errors import DataError, ServiceError
from nlp_service.heads import HEAD, Head
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.taxonomy import Taxonomy
from nlp_service.text import split_sentences
from training import noise
from training.head import Recipe, cross_validate, fit, sharpen
from training.texts import bags_of

EXAMPLE_WEIGHT = 1.0
ONLY_EXAMPLE_WEIGHT = 8.0
"""Of an example whose code has no labelled text: five examples stand against hundreds of texts of other codes."""
EXTRA_WEIGHT = 0.5
LEVEL_STEP = 0.1
"""Each level above the codes must be surer by this much: a wrong code is often in the right branch, a wrong branch is
only wrong."""
OUT_OF_SCOPE_WEIGHT = 0.1
"""Little, because customers talk much like anybody else: at 1, out of scope took 4 % of the texts that had a code, and
5 points of accuracy on our own examples; at 0.1 it takes 0.5 % (cross-validation on CIC)."""


@dataclass(frozen=True)
class Row:
    """A training text, its code (`OUT_OF_SCOPE` included), its weight, and whether figures may be computed on it."""

    text: str
    code: str
    weight: float
    is_measured: bool


def main() -> None:
    options = _parser().parse_args()
    try:
        train(options)
    except ServiceError as error:
        print(f"training.reasons: {error}", file=sys.stderr)
        sys.exit(2)


def train(options: argparse.Namespace) -> None:
    """Read, cross-validate, fit, write."""
    tree = taxonomy.load(options.taxonomy)
    rows = read_rows(tree, options)
    codes = sorted({row.code for row in rows})
    encoder = OnnxEncoder(artifact.load(options.encoder, "encoder"), threads=options.threads)
    column = {code: number for number, code in enumerate(codes)}
    targets = np.eye(len(codes), dtype=np.float32)[[column[row.code] for row in rows]]
    weights = np.array([row.weight for row in rows], dtype=np.float32)
    bags = bags_of(encoder, [row.text for row in rows], targets, weights)
    recipe = Recipe(robustness=options.robustness, epochs=options.epochs, seed=options.seed)

    measured = np.array([row.is_measured for row in rows])
    held_out = cross_validate(codes, bags, measured, recipe)
    given = targets[measured].argmax(axis=1)
    model = noise.fit(np.log(held_out + 1e-12), given)
    calibrated = noise.cool(np.log(held_out + 1e-12), model.temperature)
    thresholds = [round(options.threshold + LEVEL_STEP * (tree.depth - 1 - level), 6) for level in range(tree.depth)]
    levels = judge_levels(tree, codes, calibrated, given, model, thresholds)
    head = sharpen(fit(codes, bags, replace(recipe, on_epoch=_progress)), model.temperature)
    write(options, head, encoder.info.digest, model, thresholds)
    figures = {
        "cross-validation": {
            **classification([codes[k] for k in given], [codes[k] for k in calibrated.argmax(axis=1)]),
            "estimated_share_of_wrong_labels": model.noise_rate,
            "temperature": model.temperature,
        },
        "levels": levels,
    }
    write_report(
        options.report or options.out,
        "Contact reasons: training",
        figures,
        command=command_line("training.reasons"),
        data=[options.taxonomy, *options.train, *options.calibrate, *options.extra, *options.out_of_scope],
        artifacts={"encoder": encoder.info.digest, "reasons": artifact.load(options.out, "reasons").digest},
    )
    print(((options.report or options.out) / "report.md").read_text(encoding="utf-8"))


def read_rows(tree: Taxonomy, options: argparse.Namespace) -> list[Row]:
    """All training rows; texts without a sentence are left out.

    Raises:
        DataError: if a label is neither a code, a name nor an alias of the tree.
    """
    generator = np.random.default_rng(options.seed)
    rows = [Row(row.text, _code(tree, row), 1.0, not options.calibrate) for row in read_all(options.train)]
    rows += [Row(row.text, _code(tree, row), 1.0, True) for row in read_all(options.calibrate)]
    for path in options.extra:
        rows += [
            Row(row.text, _code(tree, row), EXTRA_WEIGHT, False) for row in _capped(path, options.extra_rows, generator)
        ]
    for path in options.out_of_scope:
        texts = read_texts(path)
        chosen = generator.permutation(len(texts))[: options.out_of_scope_rows]
        rows += [Row(texts[number], OUT_OF_SCOPE, OUT_OF_SCOPE_WEIGHT, False) for number in chosen]
    labelled = {row.code for row in rows}
    for node in tree.leaves:
        weight = EXAMPLE_WEIGHT if node.code in labelled else ONLY_EXAMPLE_WEIGHT
        rows += [Row(example, node.code, weight, False) for example in (*node.examples, node.name.zh)]
    return [row for row in rows if split_sentences(row.text)]


def judge_levels(
    tree: Taxonomy,
    codes: Sequence[str],
    probabilities: NDArray[np.float64],
    given: NDArray[np.int64],
    model: noise.NoiseModel,
    thresholds: Sequence[float],
) -> dict[str, dict[str, Any]]:
    """How right the best node of each level is, and that of those that clear the threshold."""
    levels = {}
    for level in range(tree.depth):
        node_of = [_node_at(tree, code, level) for code in codes]
        nodes = sorted({node for node in node_of if node is not None})
        sums = np.array([[node == other for other in node_of] for node in nodes], dtype=float)
        best = (probabilities @ sums.T).argmax(axis=1)
        probability = (probabilities @ sums.T).max(axis=1)
        truth = np.array([nodes.index(node) if (node := node_of[k]) in nodes else -1 for k in given])
        agrees = (best == truth).astype(float)
        chance = float((np.bincount(truth[truth >= 0], minlength=len(nodes)) / len(truth))[best].mean())
        cleared = probability >= thresholds[level]
        levels[f"level {level + 1}"] = {
            "threshold": thresholds[level],
            "agreement_with_given_labels": float(agrees.mean()),
            "estimated_accuracy": model.clean_precision(float(agrees.mean()), chance),
            "coverage": float(cleared.mean()),
            "estimated_precision": model.clean_precision(float(agrees[cleared].mean()), chance)
            if cleared.any()
            else None,
        }
    return levels


def write(
    options: argparse.Namespace, head: Head, encoder_digest: str, model: noise.NoiseModel, thresholds: list[float]
) -> None:
    """Write the artefact: head, manifest, and the taxonomy it was trained on beside them.

    The taxonomy isn't fingerprinted as part of the model: renaming a node or adding one needs no training.
    """
    options.out.mkdir(parents=True, exist_ok=True)
    head.save(options.out)
    copy = options.out / options.taxonomy.name
    if copy.resolve() != options.taxonomy.resolve():
        copy.write_bytes(options.taxonomy.read_bytes())
    artifact.write(
        options.out,
        kind="reasons",
        name=options.taxonomy.stem,
        version=options.version,
        files=[HEAD],
        config={
            "labels": list(head.labels),
            "encoder_digest": encoder_digest,
            "taxonomy": options.taxonomy.name,
            "thresholds": thresholds,
            "temperature": model.temperature,
            "seed": options.seed,
        },
        command=command_line("training.reasons"),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.reasons", description=__doc__)
    parser.add_argument("--taxonomy", type=Path, required=True)
    parser.add_argument("--train", type=Path, nargs="+", required=True, help="labelled texts: JSONL, CSV or Parquet")
    parser.add_argument(
        "--calibrate", type=Path, nargs="*", default=[], help="labelled texts that the encoder wasn't trained on"
    )
    parser.add_argument(
        "--extra", type=Path, nargs="*", default=[], help="labelled texts of lesser weight, e.g. English"
    )
    parser.add_argument("--extra-rows", type=int, default=60, help="of each label of each such file (%(default)s)")
    parser.add_argument("--out-of-scope", type=Path, nargs="*", default=[], help="texts that belong to no code")
    parser.add_argument("--out-of-scope-rows", type=int, default=500, help="of each such file (%(default)s)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--report", type=Path, help="folder of the report (default: --out)")
    parser.add_argument("--encoder", type=Path, default=Path("models/encoder"), help="default: %(default)s")
    parser.add_argument("--mode", choices=("head",), default="head", help="what is trained; the encoder stays as it is")
    parser.add_argument("--threshold", type=float, default=0.2, help="least probability of a code to be tagged")
    parser.add_argument("--robustness", type=float, default=0.5, help="0: labels are right, towards 1: many are wrong")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--version", default="0")
    return parser


def _code(tree: Taxonomy, row: Labelled) -> str:
    if row.label is None:
        return OUT_OF_SCOPE
    code = tree.resolve(row.label)
    if code is None:
        raise DataError(f"label '{row.label}' is neither a code, a name nor an alias in taxonomy '{tree.id}'")
    return code


def _capped(path: Path, most: int, generator: np.random.Generator) -> list[Labelled]:
    rows = read_labelled(path)
    kept: dict[str | None, list[Labelled]] = {}
    for number in generator.permutation(len(rows)):
        kept.setdefault(rows[number].label, []).append(rows[number])
    return [row for group in kept.values() for row in group[:most]]


def _node_at(tree: Taxonomy, code: str, level: int) -> str | None:
    if code == OUT_OF_SCOPE:
        return None
    path = tree.path(code)
    return path[min(level, len(path) - 1)].code


def _progress(epoch: int, loss: float) -> None:
    print(f"epoch {epoch + 1}: loss {loss:.4f}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
