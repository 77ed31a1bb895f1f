"""All figures of one model, and of two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.metrics import by_label, classification
from evaluation.reasons.calibration import calibration, likeliest_node
from evaluation.reasons.comparison import compare
from evaluation.reasons.decisions import (
    ancestor_counts,
    by_level,
    correct,
    hierarchical,
    most_confused,
    shares,
    siblings,
)
from evaluation.reasons.distribution import OUT_OF_SCOPE, Answers
from evaluation.reasons.intervals import (
    Statistic,
    accuracy,
    calibration_error,
    hierarchical_f1,
    intervals,
    macro_f1,
)
from evaluation.reasons.scope import scope
from evaluation.reasons.selective import selective

DECIDED = "as decided"
LIKELIEST = "likeliest code"


@dataclass(frozen=True)
class Options:
    """What can be chosen.

    Attributes:
        target_precision: at which the coverage is looked for.
        out_of_scope_recall_at: accuracy in scope at which the recall of rows out of scope is looked for.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """

    target_precision: float = 0.95
    out_of_scope_recall_at: float = 0.95
    resamples: int = 1000
    seed: int = 0


def figures(answers: Answers, truth: Sequence[str], options: Options) -> dict[str, Any]:
    """Figures of the decision as served (whoever abstains is wrong) and of the likeliest code behind it.

    Any code is wrong for a row out of scope; that holds for accuracy against coverage and calibration as well.
    """
    tree = answers.tree
    scoped = {"out of scope": scope(answers, truth, options.out_of_scope_recall_at)} if OUT_OF_SCOPE in truth else {}
    right = correct(truth, answers.likeliest)
    return {
        "95 % intervals": intervals(_statistics(answers, truth), options.resamples, options.seed),
        DECIDED: _decisions(answers, truth, answers.decided) | shares(answers, truth),
        LIKELIEST: _decisions(answers, truth, answers.likeliest),
        f"by level, {DECIDED}": by_level(answers, truth, answers.decided),
        f"by level, {LIKELIEST}": by_level(answers, truth, answers.likeliest),
        "accuracy against coverage": selective(answers.confidence, right, options.target_precision),
        "calibration": calibration(answers, truth),
        **scoped,
        "errors among codes": {
            "tagged": siblings(tree, *_tagged(answers, truth)),
            LIKELIEST: siblings(tree, truth, answers.likeliest),
        },
        f"most confused, {LIKELIEST}": most_confused(tree, truth, answers.likeliest),
        "by code": by_label(truth, answers.decided),
    }


def comparison(
    names: tuple[str, str], answers: Answers, against: Answers, truth: Sequence[str], options: Options
) -> dict[str, Any]:
    """A model against another on the same rows: headline figures side by side, tests of the differences."""

    def compared(predicted: Sequence[str], other: Sequence[str]) -> dict[str, Any]:
        return compare(truth, predicted, other, names=names, resamples=options.resamples, seed=options.seed)

    this, other = names
    return {
        "this": this,
        "against": other,
        DECIDED: compared(answers.decided, against.decided),
        LIKELIEST: compared(answers.likeliest, against.likeliest),
        "side by side": {this: _headline(answers, truth, options), other: _headline(against, truth, options)},
    }


def _decisions(answers: Answers, truth: Sequence[str], predicted: Sequence[str]) -> dict[str, Any]:
    return classification(truth, predicted) | hierarchical(ancestor_counts(answers.tree, truth, predicted))


def _statistics(answers: Answers, truth: Sequence[str]) -> dict[str, Statistic]:
    statistics: dict[str, Statistic] = {}
    for name, predicted in ((DECIDED, answers.decided), (LIKELIEST, answers.likeliest)):
        counts = ancestor_counts(answers.tree, truth, predicted)
        statistics |= {
            f"{name}: accuracy": accuracy(correct(truth, predicted)),
            f"{name}: macro_f1": macro_f1(truth, predicted),
            f"{name}: hierarchical_f1": hierarchical_f1(counts),
        }
    depth = answers.tree.depth
    deepest = calibration_error(*likeliest_node(answers, truth, depth - 1))
    return statistics | {f"level {depth}: expected_calibration_error": deepest}


def _tagged(answers: Answers, truth: Sequence[str]) -> tuple[list[str], list[str]]:
    """The truths and the codes of what is tagged."""
    rows = [row for row, status in enumerate(answers.statuses) if status == "tagged"]
    return [truth[row] for row in rows], [answers.decided[row] for row in rows]


def _headline(answers: Answers, truth: Sequence[str], options: Options) -> dict[str, Any]:
    decided = _decisions(answers, truth, answers.decided)
    likeliest = _decisions(answers, truth, answers.likeliest)
    right = correct(truth, answers.likeliest)
    surest = selective(answers.confidence, right, options.target_precision)
    by_depth = calibration(answers, truth)["by level"]
    auroc = scope(answers, truth, options.out_of_scope_recall_at)["auroc"] if OUT_OF_SCOPE in truth else None
    said = shares(answers, truth)
    return {
        "accuracy": decided["accuracy"],
        "coverage": said["coverage"],
        "precision_of_tagged": said["precision_of_tagged"],
        f"{LIKELIEST}: accuracy": likeliest["accuracy"],
        f"{LIKELIEST}: macro_f1": likeliest["macro_f1"],
        f"{LIKELIEST}: hierarchical_f1": likeliest["hierarchical_f1"],
        "area_under_risk_coverage": surest["area_under_risk_coverage"],
        "coverage_at_target": surest["coverage_at_target"],
        "expected_calibration_error": by_depth[f"level {answers.tree.depth}"]["expected_calibration_error"],
        "out of scope: auroc": auroc,
    }
