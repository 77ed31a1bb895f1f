"""Score text sentiment: `python -m evaluation.sentiment --model DIR --test a.jsonl b.jsonl … --report DIR`.

A file labelled only positive and negative is scored by the sign of the score, one with neutral by the label.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.labelled import Labelled, read_labelled
from evaluation.metrics import by_label, classification, expected_calibration_error
from evaluation.reporting import command_line, names_of, one_line_errors, write_report
from evaluation.serving import answers
from nlp_service.contracts import SENTIMENTS, TextSentiment
from nlp_service.errors import DataError


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.sentiment", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/sentiment"), help="default: %(default)s")
    parser.add_argument("--test", type=Path, nargs="+", required=True, help="labelled texts: JSONL, CSV or Parquet")
    parser.add_argument("--rows", type=int, help="most rows of each file (default: all)")
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    options = parser.parse_args()
    with one_line_errors("evaluation.sentiment", options.report):
        read = [read_sentiments(path)[: options.rows] for path in options.test]
        files = dict(zip(names_of(options.test), read, strict=True))
        texts = [row.text for rows in files.values() for row in rows]
        results, digests = answers(texts, lambda analysis, some: analysis.sentiment(some), {"sentiment": options.model})
    sets, start = {}, 0
    for name, rows in files.items():
        sets[name] = figures(rows, results[start : start + len(rows)])
        start += len(rows)
    write_report(
        options.report,
        "Text sentiment",
        {
            "sets": {name: row["set"] for name, row in sets.items()},
            **{name: row["labels"] for name, row in sets.items()},
        },
        command=command_line("evaluation.sentiment"),
        data=options.test,
        artifacts=digests,
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))


def read_sentiments(path: Path) -> list[Labelled]:
    """The rows of a file.

    Raises:
        DataError: if it can't be read, or a label is no sentiment.
    """
    rows = read_labelled(path)
    unknown = next((row.label for row in rows if row.label not in SENTIMENTS), SENTIMENTS[0])
    if unknown not in SENTIMENTS:
        raise DataError(f"{path}: labels must be {', '.join(SENTIMENTS)}; there is {unknown!r}")
    return rows


def figures(rows: Sequence[Labelled], results: Sequence[TextSentiment]) -> dict[str, Any]:
    """Figures of one set: of the whole, and of each label."""
    truth = [row.label or "" for row in rows]
    two_classes = "neutral" not in truth
    predicted = [_label(result, two_classes) for result in results]
    probabilities = np.array([max(r.overall.probabilities.values()) if r.overall else 0.0 for r in results])
    right = np.array([a == b for a, b in zip(truth, predicted, strict=True)], dtype=float)
    row: dict[str, Any] = {**classification(truth, predicted), "classes": 2 if two_classes else 3}
    if not two_classes:
        row["expected_calibration_error"] = expected_calibration_error(probabilities, right)
    return {"set": row, "labels": by_label(truth, predicted)}


def _label(result: TextSentiment, two_classes: bool) -> str | None:
    if result.overall is None:
        return None
    if two_classes:
        return "positive" if result.overall.score > 0 else "negative"
    return result.overall.sentiment


if __name__ == "__main__":
    main()
