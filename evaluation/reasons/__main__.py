"""Score contact reasons: `python -m evaluation.reasons --model DIR --test test.jsonl --report DIR`.

The service is asked for each text's decision and all codes' probabilities. With `--against`, a second model answers the
same texts, and the differences are tested.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.labelled import read_labelled
from evaluation.meanings import meanings
from evaluation.metrics import by_label
from evaluation.reasons import pictures
from evaluation.reasons.decisions import correct
from evaluation.reasons.distribution import Answer, Answers, gather, read, truths
from evaluation.reasons.report import DECIDED, Options, comparison, figures
from evaluation.reasons.selective import curve
from evaluation.reporting import command_line, names_of_folders, one_line_errors, write_report
from evaluation.serving import answers
from nlp_service import artifact, taxonomy
from nlp_service.analysis import Analysis
from nlp_service.errors import ConfigurationError
from nlp_service.taxonomy import Taxonomy

NAME = "evaluation.reasons"
TARGET = 0.95
HEADS = {
    "sentiment": "sentiment",
    "emotions": "emotions",
    "kinds": "kinds",
    "questions": "questions",
    "faq": "faq_model",
}
"""The settings of the models that are calibrated on an encoder, by the name of their folder beside it."""


def main() -> None:
    parser = _parser()
    options = parser.parse_args()
    if options.against_encoder is not None and options.against is None:
        parser.error("--against-encoder needs --against")
    with one_line_errors(NAME, options.report):
        verdict = run(options)
    print((options.report / "report.md").read_text(encoding="utf-8"))
    if verdict:
        print(verdict)


def run(options: argparse.Namespace) -> str:
    """Read everything, so that what is missing is said before the work; then ask, score, write and draw.

    Returns:
        The verdict on the decisions as served; "" if no other model is asked.
    """
    folders = [(options.model, options.encoder)]
    if options.against is not None:
        folders.append((options.against, options.against_encoder))
    chosen = dict(zip(names_of_folders([model for model, _ in folders]), folders, strict=True))
    rows = read_labelled(options.test)
    trees = {name: _tree(model, options.taxonomy) for name, (model, _) in chosen.items()}
    truth, *others = (truths(meanings(tree, {options.test: rows}), rows) for tree in trees.values())
    if any(other != truth for other in others):
        raise ConfigurationError("the models' taxonomies read the labels differently: give both one with --taxonomy")
    texts = [row.text for row in rows]
    asked = {
        name: ask(texts, trees[name], _settings(model, encoder, options)) for name, (model, encoder) in chosen.items()
    }
    models = {name: found for name, (found, _) in asked.items()}
    some = Options(options.target_precision or TARGET, options.out_of_scope_recall_at, options.resamples, options.seed)
    (this, first), *seconds = models.items()
    report = figures(first, truth, some)
    for name, second in seconds:
        report["comparison"] = comparison((this, name), first, second, truth, some)
    write_report(
        options.report,
        "Contact reasons",
        report,
        command=command_line(NAME),
        data=[options.test],
        artifacts={
            kind if name == this else f"against {kind}": digest
            for name, (_, digests) in asked.items()
            for kind, digest in digests.items()
        },
    )
    _illustrate(options.report, report["calibration"], models, truth, some.target_precision)
    return str(report["comparison"][DECIDED]["verdict"]) if seconds else ""


def ask(texts: Sequence[str], tree: Taxonomy, settings: dict[str, Any]) -> tuple[Answers, dict[str, str]]:
    """What the service says about each text, and the digests of the models that said it."""

    async def reasons(analysis: Analysis, some: Sequence[str]) -> list[Answer]:
        return [read(result, tree) for result in await analysis.reasons(some, top_k=len(tree.nodes))]

    results, digests = answers(texts, reasons, settings)
    return gather(tree, results), digests


def _illustrate(
    folder: Path, calibration: dict[str, Any], models: Mapping[str, Answers], truth: Sequence[str], target: float
) -> None:
    """Draw, and show the pictures at the end of the readable report; without matplotlib, say what draws them."""
    try:
        names = pictures.draw(
            folder,
            calibration=calibration,
            curves={name: curve(one.confidence, correct(truth, one.likeliest)) for name, one in models.items()},
            target=target,
            by_code={name: by_label(truth, one.decided) for name, one in models.items()},
        )
        lines = [f"![{title}]({name})" for title, name in names.items()]
    except ConfigurationError as error:
        lines = [f"None: {error}"]
    with (folder / "report.md").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n\n".join(["## Pictures", *lines]) + "\n")


def _tree(model: Path, file: Path | None) -> Taxonomy:
    """The taxonomy that a model is asked with."""
    return taxonomy.load(file or model / artifact.load(model, "reasons").config["taxonomy"])


def _settings(model: Path, encoder: Path | None, options: argparse.Namespace) -> dict[str, Any]:
    """An encoder brings along the models trained on it that lie beside it."""
    settings: dict[str, Any] = {"reasons": model}
    if options.taxonomy is not None:
        settings["taxonomy"] = options.taxonomy
    if options.target_precision is not None:
        settings["reasons_precision"] = options.target_precision
    if encoder is not None:
        beside = {setting: encoder.parent / name for name, setting in HEADS.items()}
        settings |= {"encoder": encoder, **{name: path for name, path in beside.items() if path.is_dir()}}
    return settings


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError("needs to be above 0 and at most 1")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("needs to be at least 1")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {NAME}", description=__doc__)
    add = parser.add_argument
    add("--model", type=Path, default=Path("models/reasons"), help="default: %(default)s")
    add("--test", type=Path, required=True, help="labelled texts: JSONL, CSV or Parquet")
    add("--report", type=Path, required=True, help="folder to write report.json, report.md and pictures into")
    add("--against", type=Path, help="model to compare with, on the same texts")
    add("--encoder", type=Path, help="instead of the bundled one; models in folders beside it come along")
    add("--against-encoder", type=Path, help="likewise, of the model to compare with")
    add("--taxonomy", type=Path, help="instead of the models' own")
    add(
        "--target-precision",
        type=_share,
        help="decide with the thresholds that models offer for it; not given: the service's default, and coverage at "
        f"{TARGET}",
    )
    add(
        "--out-of-scope-recall-at",
        type=_share,
        default=0.95,
        metavar="ACCURACY",
        help="accuracy in scope to find the recall of texts out of scope at; default: %(default)s",
    )
    add("--resamples", type=_count, default=1000, help="of the bootstrap; default: %(default)s")
    add("--seed", type=int, default=0, help="of the bootstrap; default: %(default)s")
    return parser


if __name__ == "__main__":
    main()
