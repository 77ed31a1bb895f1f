"""Score contact reasons: `python -m evaluation.reasons --model DIR --test test.jsonl --report DIR`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.labelled import read_labelled
from evaluation.metrics import by_label, classification, expected_calibration_error
from evaluation.reporting import command_line, write_report
from evaluation.serving import answers
from nlp_service import artifact, taxonomy
from nlp_service.contracts import ContactReason
from nlp_service.errors import DataError, ServiceError
from nlp_service.taxonomy import Taxonomy

OUT_OF_SCOPE = "out of scope"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.reasons", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/reasons"), help="default: %(default)s")
    parser.add_argument("--test", type=Path, required=True, help="labelled texts: JSONL, CSV or Parquet")
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    options = parser.parse_args()
    try:
        evaluate(options.model, options.test, options.report)
    except ServiceError as error:
        print(f"evaluation.reasons: {error}", file=sys.stderr)
        sys.exit(2)
    print((options.report / "report.md").read_text(encoding="utf-8"))


def evaluate(model: Path, test: Path, report: Path) -> None:
    """Ask the service about every text of the test file and write the report."""
    rows = read_labelled(test)
    tree = taxonomy.load(model / artifact.load(model, "reasons").config["taxonomy"])
    truth = [_code(tree, row.label) for row in rows]
    results, digests = answers(
        [row.text for row in rows], lambda analysis, texts: analysis.reasons(texts, top_k=1), {"reasons": model}
    )
    write_report(
        report,
        "Contact reasons",
        figures(tree, truth, results),
        command=command_line("evaluation.reasons"),
        data=[test],
        artifacts=digests,
    )


def figures(tree: Taxonomy, truth: Sequence[str], results: Sequence[ContactReason]) -> dict[str, Any]:
    """Figures of the decision as served (whoever abstains is wrong) and of the likeliest code behind it."""
    decided = [result.code if result.status == "tagged" else result.status for result in results]
    decided = [OUT_OF_SCOPE if code == "out_of_scope" else code for code in decided]
    likeliest = [best(result) for result in results]
    tagged = np.array([result.status == "tagged" for result in results])
    right = np.array([code == other for code, other in zip(decided, truth, strict=True)])
    probability = np.array([result.path[-1].probability for result in results if result.status == "tagged"])
    return {
        "as decided": {
            **classification(truth, decided),
            "coverage": float(tagged.mean()),
            "precision_of_tagged": float(right[tagged].mean()) if tagged.any() else None,
            "expected_calibration_error": expected_calibration_error(probability, right[tagged].astype(float))
            if tagged.any()
            else None,
        },
        "likeliest code": classification(truth, likeliest),
        "by level": {f"level {level + 1}": _level(tree, truth, likeliest, level) for level in range(tree.depth)},
        "by code": by_label(truth, decided),
    }


def best(result: ContactReason) -> str:
    """The likeliest code, whether or not it was sure enough to be tagged."""
    if result.status == "tagged" and result.code is not None:
        return result.code
    return result.alternatives[0].code if result.alternatives else OUT_OF_SCOPE


def _level(tree: Taxonomy, truth: Sequence[str], predicted: Sequence[str], level: int) -> dict[str, float]:
    def at(code: str) -> str:
        path = tree.path(code) if code in tree else ()
        return path[min(level, len(path) - 1)].code if path else code

    return {"accuracy": float(np.mean([at(a) == at(b) for a, b in zip(truth, predicted, strict=True)]))}


def _code(tree: Taxonomy, label: str | None) -> str:
    if label is None:
        return OUT_OF_SCOPE
    code = tree.resolve(label)
    if code is None:
        raise DataError(f"label '{label}' is neither a code, a name nor an alias in taxonomy '{tree.id}'")
    return code


if __name__ == "__main__":
    main()
