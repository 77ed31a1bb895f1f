"""Train contact reasons: `python -m training.reasons --taxonomy tree.yaml --train train.jsonl --out DIR`.

Three ways to know a code are learned and blended: a softmax head on the frozen encoder, the mean direction of a code's
texts, and what its name and description say. Calibration and thresholds come from texts that the models haven't seen:
those of `--valid`, which stay unseen, or by cross-validation those of `--calibrate`, or else those of `--train`, which
misleads if the encoder itself was trained on their labels. Without `--train` codes are known by their own texts alone.

With `--mode full` an encoder is fine-tuned for the tree first, from `--encoder` or `--source`, into OUT/encoder. The
texts that calibration rests on are kept from it: without `--valid` and `--calibrate` a tenth to a fifth of `--train`.
The report holds head mode's figures on the same texts. `--device cuda` takes minutes where two CPU cores take hours.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.labelled import read_texts
from evaluation.reporting import command_line, one_line_errors, write_report
from nlp_service import artifact, taxonomy
from nlp_service.contracts import Encoder
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.errors import ConfigurationError
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.tasks.reasons.blending import Calibration
from nlp_service.taxonomy import Changes, Taxonomy
from training.audit import check_audit, conflicts, sibling_pairs, summary, suspicions, write_audit
from training.head import Recipe
from training.progress import Progress
from training.reasons import calibrating, full, zero_shot
from training.reasons.calibrating import Measured
from training.reasons.command import parser
from training.reasons.comparing import compare
from training.reasons.fitting import fit_all
from training.reasons.judging import check, judge
from training.reasons.rows import Row, read_rows
from training.reasons.writing import write

NOISY_ROBUSTNESS = 0.5


def main() -> None:
    options = parser(__doc__ or "").parse_args()
    needs = ["torch", *(["onnx"] if options.mode == "full" else [])] if options.train else []
    with one_line_errors("training.reasons", options.out, options.report, needs=needs):
        train(options)


def train(options: argparse.Namespace) -> None:
    """Read, cross-validate, calibrate, fit, write."""
    _check(options)
    tree = taxonomy.load(options.taxonomy)
    changes = Changes.onto(options.taxonomy_mapping, tree) if options.taxonomy_mapping else None
    encoder = OnnxEncoder(artifact.load(options.encoder, "encoder"), threads=options.threads)
    if not options.train:
        _write_known_by_texts(encoder, tree, options)
        return
    rows = read_rows(tree, options, changes)
    check(tree, rows)
    robustness = NOISY_ROBUSTNESS if options.noisy else 0.0
    recipe = Recipe(robustness=robustness, epochs=options.epochs, seed=options.seed, progress=Progress())
    compared: dict[str, Any] = {}
    if options.mode == "full":
        rows, shown = full.set_aside(rows, options)
        full.claim(options, tree.id, rows, shown)
        head_mode = judge(encoder, tree, rows, recipe, options, shown)
        folder = full.tune(options, tree.id)
        encoder = OnnxEncoder(artifact.load(folder, "encoder"), threads=options.threads)
        judged = judge(encoder, tree, rows, recipe, options, shown)
        compared = compare(head_mode, judged, [options.encoder, folder])
    else:
        judged = judge(encoder, tree, rows, recipe, options)
    trained = np.array([row.is_trained for row in rows])
    fitted = fit_all(judged.material, recipe, judged.lexicon_share, trained)
    digest = write(
        options, encoder.info.digest, judged.material.codes, fitted, judged.material.centres, judged.calibration,
        judged.thresholds,
    )  # fmt: skip
    folder = options.report or options.out
    audited = _audit(options.audit, tree, rows, judged.measured, judged.calibration) if options.audit else {}
    _report(folder, {**judged.figures(), **compared, **audited}, encoder, digest, options)
    if options.mode == "full":
        print(full.how_to_serve(options.out))


def _check(options: argparse.Namespace) -> None:
    """Refuse options that don't go together, before any work.

    Raises:
        ConfigurationError: if they don't.
    """
    if not options.train and options.mode == "full":
        raise ConfigurationError("--mode full needs labelled texts: --train")
    unread = ("taxonomy_mapping", "calibrate", "valid", "extra", "out_of_scope", "audit")
    if not options.train and any(getattr(options, name) for name in unread):
        named = ", ".join(f"--{name.replace('_', '-')}" for name in unread if getattr(options, name))
        raise ConfigurationError(f"{named} needs labelled texts: --train")
    if options.train and options.messages:
        raise ConfigurationError("--messages is read without labelled texts only: leave it out, or --train")
    if options.audit:
        check_audit(options.audit)


def _write_known_by_texts(encoder: Encoder, tree: Taxonomy, options: argparse.Namespace) -> None:
    """The artefact without a labelled text, and a report if one is asked for."""
    messages = [text for path in options.messages for text in read_texts(path)]
    made = zero_shot.known_by_texts(encoder, tree, messages)
    digest = write(options, encoder.info.digest, *made)
    if options.report:
        figures = {
            "codes": len(made[0]),
            "messages read": len(messages),
            "thresholds": "not checked on any text: each level's is the target precision itself",
        }
        _report(options.report, figures, encoder, digest, options)
    print(f"{options.out}: {len(made[0])} codes, known by their names, descriptions and examples; no labels were read")
    print(zero_shot.what_it_rests_on(len(messages)))


def _report(
    folder: Path, figures: Mapping[str, Any], encoder: Encoder, digest: str, options: argparse.Namespace
) -> None:
    trees = filter(None, (options.taxonomy, options.taxonomy_mapping))
    files = ("train", "valid", "calibrate", "extra", "out_of_scope", "messages")
    write_report(
        folder,
        "Contact reasons: training",
        figures,
        command=command_line("training.reasons"),
        data=[*trees, *(path for name in files for path in getattr(options, name))],
        artifacts={"encoder": encoder.info.digest, "reasons": digest},
    )
    print((folder / "report.md").read_text(encoding="utf-8"))


def _audit(path: Path, tree: Taxonomy, rows: list[Row], measured: Measured, calibration: Calibration) -> dict[str, Any]:
    """Write the labels of measured texts that look wrong; what the report says of them."""
    inside = calibrating.final(measured, calibration)
    codes = [*measured.codes, OUT_OF_SCOPE]
    probabilities = np.hstack([inside, 1 - inside.sum(axis=1, keepdims=True)])
    order = np.argsort(measured.held_out.texts, kind="stable")
    audited = [at for at in order if rows[measured.held_out.texts[at]].is_measured]
    some = [rows[measured.held_out.texts[at]] for at in audited]
    given, places = [row.code for row in some], [row.place for row in some if row.place]
    found = suspicions(tree, codes, given, probabilities[audited])
    write_audit(path, found, places, [row.sent for row in some], given)
    print(f"{path}: {len(found)} labels look wrong, of {len(some)} rows audited")
    pairs = sibling_pairs(tree, codes, given, probabilities[audited])
    figures = summary(given, found, pairs, conflicts([row.text for row in some], given), places)
    figures["labels"]["rows not audited"] = sum(row.place is not None for row in rows) - len(some)
    return figures


if __name__ == "__main__":
    main()
