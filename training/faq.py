"""Calibrate FAQ suggestions: `python -m training.faq --out models/faq --pairs f.jsonl … --labelled f.jsonl …`.

Fits the average vector of each language, and the logistic model that turns an entry's score and lead into the
probability that it answers, on simulated questions (see `training.faq_simulation`). The knowledge base, whose texts are
of the kind that is served, weighs as much as all other files together. Figures and threshold are of held-out folds; no
fold shares a question's group with another.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save
from sklearn.linear_model import LogisticRegression

from evaluation.labelled import read_labelled, read_rows
from evaluation.metrics import expected_calibration_error
from evaluation.reporting import command_line, names_of, one_line_errors, write_report
from nlp_service import artifact
from nlp_service.contracts import Encoder
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.errors import DataError
from nlp_service.tasks.faq import WORDINGS_FILE, read_entries, wordings
from nlp_service.tasks.faq.calibration import BACKGROUND_FILE, Calibration
from nlp_service.tasks.faq.scoring import BACKGROUNDS, Row, Scoring
from nlp_service.text import PREPARATION_VERSION
from training import faq_simulation
from training.faq_simulation import Cases, Groups
from training.vectors import encode_texts

CENTROID_WEIGHT = 0.7
TARGET_PRECISION = 0.85
"""Of first suggestions, in every source. At 0.8, 22 of 60 questions of other trades got one of a shop's answers."""
FOLDS = 5
LEAST_GROUPS = 2 * FOLDS
TEXTS_PER_LABEL = 5
# Hardly any regularisation: three numbers are fitted on thousands of cases.
INVERSE_PENALTY = 100.0

Numbers = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.faq", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the artefact; its knowledge base is kept")
    parser.add_argument("--encoder", type=Path, default=Path("models/encoder"), help="default: %(default)s")
    parser.add_argument(
        "--entries",
        type=Path,
        help="knowledge base to calibrate on (default: the one in --out); where --out holds none, it gets a copy",
    )
    parser.add_argument("--pairs", type=Path, nargs="*", default=[], help="rows of a, b, label (1: same meaning, 0)")
    parser.add_argument(
        "--labelled",
        type=Path,
        nargs="+",
        required=True,
        help="rows of text, label: the same label, the same meaning; ten labels or more",
    )
    parser.add_argument(
        "--backgrounds",
        type=Path,
        default=Path("models/faq"),
        help="made by this command: gives the average vector of a language that none of the files is in (%(default)s)",
    )
    parser.add_argument("--pairs-per-file", type=int, default=500, help="default: %(default)s")
    parser.add_argument("--report", type=Path, default=Path("runs/faq"), help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with one_line_errors("training.faq", options.out, options.report):
        train(options)


def train(options: argparse.Namespace) -> None:
    """Read, simulate, cross-validate, fit, write."""
    base = own_base(options.out, options.entries)
    entries = options.entries or base
    stored = artifact.load(options.encoder, "encoder")
    sources = read_sources(OnnxEncoder(stored, threads=2), entries, options)
    averages = backgrounds(sources, lambda: earlier_backgrounds(options.backgrounds, stored.digest))
    scoring = Scoring(backgrounds=averages, centroid_weight=CENTROID_WEIGHT)
    cases = [
        faq_simulation.simulate(source, scoring, np.random.default_rng([options.seed, number]))
        for number, source in enumerate(sources)
    ]
    held_out = cross_validate(cases)
    threshold = choose_threshold(cases, held_out)
    model = fit(cases)
    if not base.exists():
        base.parent.mkdir(parents=True, exist_ok=True)
        base.write_bytes(entries.read_bytes())
    write_artifact(base, scoring, model, threshold, stored)
    names = [source.source for source in sources]
    write_report(
        options.report,
        "FAQ calibration",
        {"threshold": threshold, "by source": figures(names, cases, held_out, threshold)},
        command=command_line("training.faq"),
        data=[entries, *options.pairs, *options.labelled],
        artifacts={"encoder": stored.digest, "faq": artifact.load(options.out, "faq").digest},
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))
    print(f"Serve it: nlp-service serve --faq-model {options.out} --faq {base}")


def own_base(folder: Path, entries: Path | None) -> Path:
    """Where the artefact's own knowledge base lies, or, in a folder without one, where a copy of `entries` will.

    Raises:
        DataError: if there is none and none is named, or there are several.
    """
    found = sorted(folder.glob("*.jsonl"))
    if len(found) > 1:
        raise DataError(f"{folder}: holds several knowledge bases: {', '.join(path.name for path in found)}")
    if found:
        return found[0]
    if entries is None:
        raise DataError(f"{folder}: holds no knowledge base; name yours with --entries, and it gets a copy")
    return folder / f"{entries.stem}.jsonl"


def read_sources(encoder: Encoder, entries: Path, options: argparse.Namespace) -> list[Groups]:
    """Groups of texts of the same meaning, with their vectors, one source a file.

    Raises:
        DataError: if a file can't be read, lacks a column, or has too few groups.
    """
    texts = [[list(entry.questions) for entry in read_entries(entries) if len(entry.questions) > 1]]
    for path in options.pairs:
        texts.append(faq_simulation.linked(_same_pairs(path)[: options.pairs_per_file]))
    texts += [faq_simulation.labelled(read_labelled(path), TEXTS_PER_LABEL) for path in options.labelled]
    names = names_of([entries, *options.pairs, *options.labelled])
    for name, groups in zip(names, texts, strict=True):
        if len(groups) < LEAST_GROUPS:
            raise DataError(
                f"{name}: needs at least {LEAST_GROUPS} groups of two texts or more; there are {len(groups)}"
            )
    return [
        faq_simulation.group(name, groups, encode_texts(encoder, [text for group in groups for text in group]))
        for name, groups in zip(names, texts, strict=True)
    ]


def backgrounds(sources: Sequence[Groups], earlier: Callable[[], Mapping[str, Row]]) -> dict[str, Row]:
    """Average vector of each language, shape (dimension,): the mean over the sources that are mostly in it.

    Args:
        earlier: gives those of an earlier calibration, for languages that no source is in.
    """
    means: dict[str, list[Row]] = {name: [] for name in BACKGROUNDS}
    for source in sources:
        english = np.array([language == "en" for language in source.languages])
        mostly_english = english.mean() > 0.5
        means["en" if mostly_english else "zh"].append(source.vectors[english == mostly_english].mean(axis=0))
    known = {name: np.mean(values, axis=0).astype(np.float32) for name, values in means.items() if values}
    return known if len(known) == len(BACKGROUNDS) else {**earlier(), **known}


def earlier_backgrounds(folder: Path, encoder_digest: str) -> Mapping[str, Row]:
    """The average vectors of an earlier calibration.

    Raises:
        ArtifactError: if there is none.
        DataError: if it was made for another encoder.
    """
    earlier = Calibration.from_artifact(artifact.load(folder, "faq"))
    if earlier.encoder != encoder_digest:
        raise DataError(f"{folder}: made for another encoder; give --labelled texts in Chinese and in English instead")
    return earlier.scoring.backgrounds


def fit(cases: Sequence[Cases]) -> LogisticRegression:
    """The logistic model of all sources' candidates, the first source weighing as much as the others together."""
    shares = [max(1, len(cases) - 1), *(1 for _ in cases[1:])]
    sizes = [len(source.right) for source in cases]
    weights = np.repeat([share / size for share, size in zip(shares, sizes, strict=True)], sizes)
    model = LogisticRegression(C=INVERSE_PENALTY)
    right = np.concatenate([source.right for source in cases])
    model.fit(np.concatenate([source.features for source in cases]), right, sample_weight=weights / weights.mean())
    if (model.coef_ < 0).any():
        raise DataError("a weight came out negative: the data contradict that a better fit is more probably right")
    return model


def cross_validate(cases: Sequence[Cases]) -> list[Numbers]:
    """Probability of each candidate by a model that hasn't seen its question's group, one array a source."""
    held_out = [np.zeros(len(source.right)) for source in cases]
    for fold in range(FOLDS):
        model = fit([source.select(source.group % FOLDS != fold) for source in cases])
        for source, probabilities in zip(cases, held_out, strict=True):
            rows = source.group % FOLDS == fold
            probabilities[rows] = model.predict_proba(source.features[rows])[:, 1]
    return held_out


def choose_threshold(cases: Sequence[Cases], held_out: Sequence[Numbers]) -> float:
    """The lowest threshold, in steps of 0.01, at which first suggestions have the target precision in every source."""
    for threshold in np.arange(0.05, 1.0, 0.01):
        precisions = [
            source.right[chosen].mean()
            for source, probabilities in zip(cases, held_out, strict=True)
            if (chosen := source.first & (probabilities >= threshold)).any()
        ]
        if min(precisions, default=0.0) >= TARGET_PRECISION:
            return round(float(threshold), 2)
    raise DataError(f"no threshold reaches a precision of {TARGET_PRECISION}")


def figures(
    names: Sequence[str], cases: Sequence[Cases], held_out: Sequence[Numbers], threshold: float
) -> dict[str, dict[str, Any]]:
    """Held-out figures of the best candidates, by source; the calibration error is over all questions."""
    rows: dict[str, dict[str, Any]] = {}
    for name, source, probabilities in zip(names, cases, held_out, strict=True):
        first = source.select(source.first)
        probability = probabilities[source.first]
        suggested = probability >= threshold
        rows[name] = {
            "questions": len(first.right),
            "recall_at_1_before_threshold": float(first.right[first.answerable].mean()),
            "recall_at_1": float((first.right & suggested)[first.answerable].mean()),
            "precision_of_suggested": float(first.right[suggested].mean()),
            "coverage": float(suggested.mean()),
            "no_answer_recall": float((~suggested)[~first.answerable].mean()),
            "expected_calibration_error": expected_calibration_error(probability, first.right.astype(float)),
        }
    return rows


def write_artifact(
    base: Path, scoring: Scoring, model: LogisticRegression, threshold: float, encoder: artifact.Artifact
) -> None:
    """Write the average vectors, the own knowledge base's vectors (starting needn't encode it), and the rest beside it.

    The knowledge base itself isn't fingerprinted as part of the model: whoever edits it only gives up stored vectors.
    """
    folder = base.parent
    vectors = encode_texts(OnnxEncoder(encoder, threads=2), wordings(read_entries(base)))
    (folder / BACKGROUND_FILE).write_bytes(save(dict(scoring.backgrounds)))
    (folder / WORDINGS_FILE).write_bytes(save({"vectors": vectors}))
    score_weight, lead_weight = (round(float(weight), 6) for weight in model.coef_[0])
    artifact.write(
        folder,
        kind="faq",
        name=base.stem,
        version="0",
        files=[BACKGROUND_FILE, WORDINGS_FILE],
        config={
            "encoder": encoder.digest,
            "knowledge_base_digest": artifact.file_digest(base),
            "preparation": PREPARATION_VERSION,
            "centroid_weight": scoring.centroid_weight,
            "score_weight": score_weight,
            "lead_weight": lead_weight,
            "intercept": round(float(model.intercept_[0]), 6),
            "threshold": threshold,
            "target_precision": TARGET_PRECISION,
        },
        command=command_line("training.faq"),
    )


def _same_pairs(path: Path) -> list[tuple[str, str]]:
    """The pairs of the same meaning."""
    same = []
    for where, row in read_rows(path):
        whole = isinstance(row, dict) and isinstance(row.get("a"), str) and isinstance(row.get("b"), str)
        if not whole or row.get("label") not in (0, 1, "0", "1"):
            raise DataError(f"{where}: needs 'a' and 'b' (strings) and a 'label' (1: same meaning, or 0)")
        if row["label"] in (1, "1"):
            same.append((row["a"], row["b"]))
    return same


if __name__ == "__main__":
    main()
