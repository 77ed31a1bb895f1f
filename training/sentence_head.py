"""What the heads that label sentences share: seeds, cross-validation on them, calibration, artefact, report."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.heldout import is_held_out
from evaluation.labelled import Labelled
from evaluation.metrics import by_label, classification, expected_calibration_error
from evaluation.reporting import command_line, write_report
from nlp_service import artifact
from nlp_service.contracts import Encoder
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.errors import DataError
from nlp_service.heads import HEAD
from nlp_service.lexicon import LEXICON, Lexicon
from nlp_service.sentence_head import SentenceHead
from nlp_service.text import NGRAMS_VERSION
from nlp_service.text_head import SENTENCES_SHARE, TEXT_FILES, TextHead
from training import arguments, lexicon, noise
from training.audit import check_audit
from training.head import FOLDS, Bags, Recipe, cross_validate, fit, folds, sharpen
from training.lexicon import Words
from training.seed_sentences import SEEDS, read_seeds
from training.sentence_rows import (
    Source,
    in_other_words,
    numbers_of,
    put_together,
    readable,
    told_apart,
    used,
    weights_of,
)
from training.text_head import fit_text_head
from training.texts import bags_of, words_of


@dataclass(frozen=True)
class Experts:
    """Everything that both experts learn from: `bags` for the head, of the texts where `by_head` is true, `words` of
    all texts for the lexicon; `is_measured`, shape (texts,): what probabilities are fitted and figures taken on."""

    bags: Bags
    by_head: NDArray[np.bool_]
    words: Words
    is_measured: NDArray[np.bool_]


def train(
    task: str,
    field: str,
    labels: Sequence[str],
    sources: Sequence[Source],
    options: argparse.Namespace,
    unmarked: str | None = None,
    balance: float = 0.0,
    calm: str | None = None,
) -> None:
    """Fit head and lexicon on the seeds and the sources; write artefact and report.

    A source that lacks some of the labels says nothing about them: their probability is left out of its loss.

    Args:
        task: kind of the artefact.
        field: of the seed files; unmarked: the label where it is null; balance: of the seeds.
        calm: the label of no feeling; if given, texts of several sentences get a head of their own.

    Raises:
        DataError: if no seed is held out.
    """
    if options.audit:
        check_audit(options.audit)
    rows = read_seeds(options.seeds, field, labels, unmarked)
    seeds = Source(options.seeds[0], rows, options.seed_weight, balance)
    sources = [readable(source) for source in (seeds, *sources)]
    sources.append(in_other_words(sources[0], options.held_out))
    rows = [row for source in sources for row in source.rows]
    is_measured = _held_out_seeds(sources[0], len(rows), options.held_out)
    encoder = OnnxEncoder(artifact.load(options.encoder, "encoder"), threads=options.threads)
    experts = _experts(encoder, labels, sources, rows, is_measured, options.rows)
    recipe = _recipe(options)
    held_out = _cross_validated(labels, experts, recipe, options)
    given = experts.words.targets[is_measured].argmax(axis=1)
    temperature = noise.fit(held_out, given).temperature
    both = _fitted(labels, experts, recipe, temperature, options)
    figures = _figures(labels, given, noise.cool(held_out, temperature))
    text_head = None
    if calm is not None:
        of_seeds = put_together(sources[0], options.held_out, calm, options.texts_of_seeds, options.seed)
        text_head, figures["texts of several sentences"] = fit_text_head(
            labels, [*sources[1:-1], of_seeds], both, encoder, recipe, options
        )
    digest = _write(task, both, text_head, encoder.info.digest, temperature, options)
    figures["texts used"] = dict(used(sources))
    if options.audit:
        from training.sentence_audit import audit

        figures |= audit(labels, sources[:-1], experts, recipe, temperature, options)
    folder = options.report or options.out
    write_report(
        folder,
        f"Training: {task}",
        figures,
        command=command_line(f"training.{task}"),
        data=list(dict.fromkeys([*options.seeds, *(source.path for source in sources)])),
        artifacts={"encoder": encoder.info.digest, task: digest},
    )
    print((folder / "report.md").read_text(encoding="utf-8"))


def _held_out_seeds(seeds: Source, rows: int, share: float) -> NDArray[np.bool_]:
    """Which rows temperature and figures rest on, shape (rows,); the seeds come first."""
    is_measured = np.zeros(rows, dtype=bool)
    is_measured[: len(seeds.rows)] = [is_held_out(row.text, share) for row in seeds.rows]
    if not is_measured.any():
        raise DataError(
            f"--held-out {share:g} holds out none of {len(seeds.rows)} seed sentences, on which "
            "temperature and figures rest: more seeds or a larger share are needed"
        )
    return is_measured


def _recipe(options: argparse.Namespace) -> Recipe:
    return Recipe(
        robustness=options.robustness,
        epochs=options.epochs,
        rate=options.rate,
        dropout=options.dropout,
        hidden=options.hidden,
        experts=options.experts,
        seed=options.seed,
    )


def _fitted(
    labels: Sequence[str], experts: Experts, recipe: Recipe, temperature: float, options: argparse.Namespace
) -> SentenceHead:
    """Both, fitted on everything; their shares and the temperature are folded into the weights."""
    share = options.lexicon_share
    return SentenceHead(
        sharpen(fit(labels, experts.bags, recipe), temperature / (1 - share)),
        lexicon.scaled(_lexicon(experts.words, options), share / temperature),
    )


def _experts(
    encoder: Encoder,
    labels: Sequence[str],
    sources: Sequence[Source],
    rows: Sequence[Labelled],
    is_measured: NDArray[np.bool_],
    most: int,
) -> Experts:
    """The head sees the first `most` texts of each file but the seeds, the lexicon all."""
    texts = [row.text for row in rows]
    targets = np.array([[row.label == label for label in labels] for row in rows], dtype=np.float32)
    considered = np.concatenate([np.tile(told_apart(source, labels), (len(source.rows), 1)) for source in sources])
    weights = np.concatenate([weights_of(source) for source in sources])
    by_head = np.concatenate([np.arange(len(source.rows)) < most for source in sources])
    by_head |= np.concatenate([np.full(len(source.rows), source.path == sources[0].path) for source in sources])
    chosen = np.flatnonzero(by_head)
    bags = bags_of(encoder, [texts[row] for row in chosen], targets[chosen], weights[chosen], considered[chosen])
    bags = replace(bags, source=numbers_of(sources)[chosen])
    return Experts(bags, by_head, Words(words_of(texts), targets, considered, weights), is_measured)


def _cross_validated(
    labels: Sequence[str], experts: Experts, recipe: Recipe, options: argparse.Namespace
) -> NDArray[np.float64]:
    """What both together say of the measured texts, by ones that haven't seen them: logits of shape (texts, labels)."""
    by_head = cross_validate(labels, experts.bags, experts.is_measured[experts.by_head], recipe)
    fold = np.where(experts.is_measured, folds(len(experts.is_measured), recipe.seed), -1)
    by_lexicon = np.zeros((len(fold), len(labels)))
    for number in range(FOLDS):
        fitted = _lexicon(experts.words.select(fold != number), options)
        by_lexicon[fold == number] = lexicon.log_probabilities(fitted, experts.words.rows[fold == number])
    share = options.lexicon_share
    logits: NDArray[np.float64] = (1 - share) * np.log(by_head + 1e-12) + share * by_lexicon[experts.is_measured]
    return logits


def _lexicon(words: Words, options: argparse.Namespace) -> Lexicon:
    return lexicon.fit(words, decay=options.lexicon_decay, most=options.ngrams)


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


def _write(
    task: str,
    head: SentenceHead,
    text_head: TextHead | None,
    encoder_digest: str,
    temperature: float,
    options: argparse.Namespace,
) -> str:
    """Write the artefact; its digest."""
    files = [HEAD, LEXICON]
    config: dict[str, Any] = {
        "labels": list(head.head.labels),
        "ngrams": NGRAMS_VERSION,
        "encoder_digest": encoder_digest,
        "lexicon_share": options.lexicon_share,
        "temperature": temperature,
        "seed": options.seed,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    head.save(options.out)
    if text_head:
        text_head.save(options.out)
        files += TEXT_FILES
        config[SENTENCES_SHARE] = text_head.sentences_share
    artifact.write(
        options.out,
        kind=task,
        name=task,
        version=options.version,
        files=files,
        config=config,
        command=command_line(f"training.{task}"),
    )
    return artifact.load(options.out, task).digest


def parser(task: str, description: str | None) -> argparse.ArgumentParser:
    """The options that all sentence heads have."""
    options = argparse.ArgumentParser(prog=f"python -m training.{task}", description=description)
    options.add_argument("--seeds", type=Path, nargs="+", default=SEEDS, help="labelled sentences (training/seeds)")
    options.add_argument("--seed-weight", type=float, default=4.0, help="of a seed sentence in the loss (%(default)s)")
    options.add_argument(
        "--held-out",
        type=arguments.share,
        default=0.1,
        help="share of texts that the encoder wasn't trained on: seeds among them give temperature and figures, "
        "other files' are left to evaluate on (%(default)s)",
    )
    options.add_argument("--rows", type=int, default=9000, help="most texts of a file for the head (%(default)s)")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--report", type=Path, help="folder of the report (default: --out)")
    options.add_argument("--audit", type=Path, help="write the labels that look wrong: .csv or .jsonl")
    options.add_argument("--encoder", type=Path, default=Path("models/encoder"), help="default: %(default)s")
    options.add_argument("--robustness", type=float, default=0.3, help="0: labels are right, towards 1: many are wrong")
    options.add_argument("--dropout", type=float, default=0.4)
    options.add_argument("--hidden", type=int, default=256, help="width of the hidden layer; 0 for none (%(default)s)")
    options.add_argument("--experts", action="store_true", help="in the head, one for each file of texts")
    options.add_argument("--rate", type=float, default=1e-3)
    options.add_argument("--epochs", type=int, default=12)
    options.add_argument(
        "--lexicon-share", type=arguments.share, default=0.5, help="of the lexicon beside the head (%(default)s)"
    )
    options.add_argument("--lexicon-decay", type=float, default=3e-6, help="weight of its squared norm (%(default)s)")
    options.add_argument("--ngrams", type=int, default=150_000, help="most n-grams in the lexicon (%(default)s)")
    options.add_argument(
        "--texts-of-seeds", type=int, default=4000, help="made of several seeds, for the head of texts (%(default)s)"
    )
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--version", default="0")
    return options
