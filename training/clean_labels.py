"""Soft labels from noisy ones: `python -m training.clean_labels --train cic_train.jsonl --out runs/soft_labels/cic`.

1. A noise-tolerant head on the frozen vectors of each encoder and a linear model over n-grams are cross-validated, so
   every row gets probabilities from models that haven't seen its label. They err differently: their geometric mean
   beats each.
2. Temperature and share of wrong labels are fitted to these (`training.noise`).
3. A row's soft label is the posterior of the right label given both its text and the label somebody wrote:
   p(y | text, given) ∝ p(y | text) · p(given | y), where a given label is right with probability 1 − e and otherwise
   drawn from the labels' own frequencies.

With `--blind` step 3 is left out. An encoder must not have been trained on what was written for these rows. Rows that
others are scored on are left out by `--held-out`: else their labels would leak into the soft labels of the others.
`--others` are related texts with labels of another scheme, which aren't read: they get what the models, fitted to all
rows, say of them, so a student learns from the models without meeting a row that these were fitted to.

Beside it confident learning (Northcutt et al., JAIR 2021; the package cleanlab) says which rows it takes for wrong: the
two don't know of each other, so their agreement is reported.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from evaluation import labelled
from evaluation.heldout import is_held_out
from evaluation.reporting import command_line, one_line_errors, write_report
from nlp_service import artifact
from nlp_service.contracts import Encoder
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.errors import DataError
from nlp_service.text import split_sentences
from training import arguments, lexicon, noise
from training.head import FOLDS, Bags, Recipe, cross_validate, fit, folds
from training.lexicon import Words
from training.reasons.fitting import LEXICON_DECAY, NGRAMS, RARE
from training.texts import bags_of, first_alike, words_of
from training.trunk import sources
from training.trunk.config import Source

POSTERIORS = "posteriors.safetensors"
ROWS = "rows.json"
ROBUSTNESS = 0.7
LEAST = 1e-9


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.clean_labels", description=__doc__)
    parser.add_argument("--train", type=Path, nargs="+", required=True, help="labelled texts; null labels are left out")
    parser.add_argument(
        "--held-out",
        type=arguments.share,
        default=0.0,
        metavar="SHARE",
        help="share of texts that others are scored on, as in a configuration of training.trunk: left out too "
        "(%(default)g)",
    )
    parser.add_argument("--column", default="label", help="where the label stands (default: %(default)s)")
    parser.add_argument(
        "--others", type=Path, nargs="+", default=[], metavar="FILE", help="more texts to say of what the models do"
    )
    parser.add_argument(
        "--others-limit", type=int, help="at most so many of each, as a source's limit in a configuration chooses them"
    )
    parser.add_argument(
        "--encoder", type=Path, nargs="+", default=[Path("models/encoder")], help="default: models/encoder"
    )
    parser.add_argument(
        "--blind",
        action="store_true",
        help="write p(y | text), leaving out what somebody wrote: then no row's own error can be learned by heart",
    )
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with one_line_errors("training.clean_labels", options.out, needs=["torch"]):
        clean(options)


def clean(options: argparse.Namespace) -> None:
    """Cross-validate, compute the posteriors, write them and a report."""
    rows = read_rows(options.train, options.held_out, options.column)
    others = [row for path in options.others for row in _others(path, options)]
    labels = sorted({label for _, label in rows})
    given = np.array([labels.index(label) for _, label in rows])
    fold = _folds([text for text, _ in rows], options.seed)
    encoders = [OnnxEncoder(artifact.load(folder, "encoder"), threads=options.threads) for folder in options.encoder]
    targets = np.eye(len(labels), dtype=np.float32)[given]
    texts, weights = [text for text, _ in rows], np.ones(len(rows), dtype=np.float32)
    recipe = Recipe(robustness=ROBUSTNESS, epochs=options.epochs, seed=options.seed)
    by_head = np.zeros((len(encoders), len(rows), len(labels)))
    words = Words(words_of(texts), targets, np.ones_like(targets), weights)
    by_words = _by_words(words, fold)
    of_others = np.zeros((len(others), len(labels)))
    for found, encoder in zip(by_head, encoders, strict=True):
        bags = bags_of(encoder, texts, targets, weights)
        found[:] = np.log(cross_validate(labels, bags, np.ones(len(rows), dtype=bool), recipe, fold) + LEAST)
        of_others += _said_by_head([text for text, _ in others], labels, bags, recipe, encoder)
    of_others += _said_by_words([text for text, _ in others], words)
    logarithms = (by_head.sum(axis=0) + by_words) / (len(encoders) + 1)
    model = noise.fit(logarithms, given)
    probabilities = noise.cool(logarithms, model.temperature)
    posteriors = posterior(probabilities, given, model.noise_rate)
    options.out.mkdir(parents=True, exist_ok=True)
    written = np.concatenate(
        [probabilities if options.blind else posteriors, noise.cool(of_others / (len(encoders) + 1), model.temperature)]
    )
    (options.out / POSTERIORS).write_bytes(save({"posteriors": written.astype(np.float16)}))
    index = {"labels": labels, "keys": [row_key(text, label) for text, label in (*rows, *others)]}
    (options.out / ROWS).write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    trust = posteriors[np.arange(len(given)), given]
    write_report(
        options.out,
        "Labels cleaned",
        {
            "rows": len(rows),
            "other rows": len(others),
            "share of texts held out": options.held_out,
            "labels": len(labels),
            **{
                f"agreement with given labels, head on {folder.name}": float((found.argmax(axis=1) == given).mean())
                for folder, found in zip(options.encoder, by_head, strict=True)
            },
            "agreement with given labels, n-grams": float((by_words.argmax(axis=1) == given).mean()),
            "agreement with given labels, together": float((logarithms.argmax(axis=1) == given).mean()),
            "share of wrong labels, fitted": model.noise_rate,
            "temperature": model.temperature,
            "share of rows whose given label has posterior under one half": float((trust < 0.5).mean()),
            **_confident_learning(given, probabilities, trust < 0.5),
        },
        command=command_line("training.clean_labels"),
        data=[*options.train, *options.others],
        artifacts={
            f"encoder {folder.name}": encoder.info.digest
            for folder, encoder in zip(options.encoder, encoders, strict=True)
        },
    )
    print((options.out / "report.md").read_text(encoding="utf-8"))


def read_rows(paths: Sequence[Path], share: float, column: str = "label") -> list[tuple[str, str]]:
    """Text and label of the rows that have one and aren't held out.

    Args:
        column: where the label stands.

    Raises:
        DataError: if one of them has no sentence, or all have one label.
    """
    rows = []
    for path in paths:
        for (where, _), row in zip(labelled.read_rows(path), labelled.read_labelled(path, column), strict=True):
            if row.label is None or is_held_out(row.text, share):
                continue
            if not split_sentences(row.text):
                raise DataError(f"{where}: has a label but no text")
            rows.append((row.text, row.label))
    if len({label for _, label in rows}) < 2:
        raise DataError(f"{', '.join(map(str, paths))}: texts of two labels or more are needed")
    return rows


def _others(path: Path, options: argparse.Namespace) -> list[tuple[str, str]]:
    source = Source(path=str(path), held_out=options.held_out, limit=options.others_limit)
    rows = sources.read_rows(source, Path(), options.seed, needs=("text", "label"))
    return [(row["text"], row["label"]) for row in rows]


def _folds(texts: Sequence[str], seed: int) -> NDArray[np.int64]:
    """The fold that each text is held out in, shape (texts,), the same for texts that the encoder reads alike."""
    fold = folds(len(texts), seed)[first_alike(texts)]
    if len(np.unique(fold)) < FOLDS:
        raise DataError(f"{len(texts)} texts: too few different ones to cross-validate on")
    return fold


def _by_words(words: Words, fold: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log-probabilities by n-gram models that haven't seen the row, shape (rows, labels)."""
    found = np.zeros(words.targets.shape)
    for number in range(FOLDS):
        fitted = lexicon.fit(words.select(fold != number), decay=LEXICON_DECAY, most=NGRAMS, rare=RARE)
        found[fold == number] = lexicon.log_probabilities(fitted, words.rows[fold == number])
    return np.maximum(found, np.log(LEAST))


def _said_by_head(
    texts: Sequence[str], labels: Sequence[str], bags: Bags, recipe: Recipe, encoder: Encoder
) -> NDArray[np.float64]:
    """Log-probabilities of other texts by a head fitted to all rows, shape (texts, labels)."""
    if not texts:
        return np.zeros((0, len(labels)))
    unknown = bags_of(
        encoder, texts, np.zeros((len(texts), len(labels)), np.float32), np.ones(len(texts), dtype=np.float32)
    )
    said: NDArray[np.float64] = np.log(unknown.pool(fit(labels, bags, recipe).probabilities(unknown.vectors)) + LEAST)
    return said


def _said_by_words(texts: Sequence[str], words: Words) -> NDArray[np.float64]:
    """The same by an n-gram model."""
    if not texts:
        return np.zeros((0, words.targets.shape[1]))
    fitted = lexicon.fit(words, decay=LEXICON_DECAY, most=NGRAMS, rare=RARE)
    return np.maximum(lexicon.log_probabilities(fitted, words_of(texts)), np.log(LEAST))


def posterior(probabilities: NDArray[np.float64], given: NDArray[np.int64], noise_rate: float) -> NDArray[np.float64]:
    """Probability of each label being the right one, once the given one is known.

    Args:
        probabilities: of the right label given the text only, shape (rows, labels).
        given: the labels that were written, shape (rows,).
        noise_rate: share of given labels drawn from the labels' frequencies, in [0, 1].

    Returns:
        Shape (rows, labels); rows add up to 1.
    """
    labels = probabilities.shape[1]
    frequency = np.bincount(given, minlength=labels) / len(given)
    likelihood = (1 - noise_rate) * np.eye(labels)[given] + noise_rate * frequency[given][:, None]
    joint = probabilities * likelihood
    result: NDArray[np.float64] = joint / joint.sum(axis=1, keepdims=True)
    return result


def read_posteriors(folder: Path) -> tuple[list[str], dict[str, NDArray[np.float32]]]:
    """What `clean` wrote: the labels, and for each row's key its posterior, shape (labels,).

    Raises:
        DataError: if the folder holds none.
    """
    try:
        index = json.loads((folder / ROWS).read_text(encoding="utf-8"))
        posteriors = load_file(folder / POSTERIORS)["posteriors"].astype(np.float32)
    except OSError:
        raise DataError(f"{folder}: holds no soft labels; training.clean_labels writes them") from None
    return index["labels"], dict(zip(index["keys"], posteriors, strict=True))


def row_key(text: str, label: str) -> str:
    """Identity of a labelled row that doesn't hold its text."""
    return hashlib.sha256(f"{label}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _confident_learning(
    given: NDArray[np.int64], probabilities: NDArray[np.float64], doubted: NDArray[np.bool_]
) -> dict[str, float]:
    from cleanlab.filter import find_label_issues

    issues = find_label_issues(given, probabilities, filter_by="prune_by_noise_rate", n_jobs=1)
    union = (issues | doubted).sum()
    return {
        "share of rows that confident learning takes for wrong": float(issues.mean()),
        "agreement of the two (Jaccard)": float((issues & doubted).sum() / union) if union else 1.0,
    }


if __name__ == "__main__":
    main()
