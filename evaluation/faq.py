"""Score FAQ suggestions: `python -m evaluation.faq --entries faq.jsonl --queries queries.jsonl --report DIR`.

Queries are JSON Lines of `{"text", "label"}`, the label being the id of the entry that answers, or null if none does.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.metrics import expected_calibration_error
from evaluation.reporting import command_line, write_report
from evaluation.serving import answers
from nlp_service.contracts import FaqResult
from nlp_service.errors import DataError, ServiceError
from nlp_service.tasks.faq import read_entries
from nlp_service.text import detect_language

TOP_K = 3


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    label: str | None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.faq", description=__doc__)
    parser.add_argument("--entries", type=Path, required=True, help="knowledge base (JSON Lines)")
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    parser.add_argument("--model", type=Path, default=Path("models/faq"), help="default: %(default)s")
    parser.add_argument("--encoder", type=Path, default=Path("models/encoder"), help="default: %(default)s")
    options = parser.parse_args()
    try:
        queries = read_queries(options.queries, {entry.id for entry in read_entries(options.entries)})
        results, digests = serve([query.text for query in queries], options.entries, options.model, options.encoder)
    except ServiceError as error:
        sys.exit(str(error))
    languages = [detect_language(query.text) for query in queries]
    slices = {
        language: figures(
            [query for query, found in zip(queries, languages, strict=True) if found == language],
            [result for result, found in zip(results, languages, strict=True) if found == language],
        )
        for language in sorted(set(languages))
    }
    write_report(
        options.report,
        "FAQ suggestions",
        {"by language": {"all": figures(queries, results), **slices}},
        command=command_line("evaluation.faq"),
        data=[options.entries, options.queries],
        artifacts=digests,
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))


def serve(texts: Sequence[str], entries: Path, model: Path, encoder: Path) -> tuple[list[FaqResult], dict[str, str]]:
    """What the service answers to each text, and the digests of the models that answered."""
    settings = {"faq": entries, "faq_model": model, "encoder": encoder}
    return answers(texts, lambda analysis, some: analysis.suggest(some, TOP_K), settings)


def read_queries(path: Path, ids: set[str]) -> list[Query]:
    """Read queries whose labels are among `ids` or null.

    Raises:
        DataError: naming file and line if a row isn't of that shape, or there is none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: can't be read: {type(error).__name__}") from None
    queries: list[Query] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            queries.append(_query(line, f"{path}: line {number}", ids))
    if not queries:
        raise DataError(f"{path}: holds no queries")
    return queries


def _query(line: str, where: str, ids: set[str]) -> Query:
    try:
        row = json.loads(line)
    except ValueError:
        raise DataError(f"{where}: not valid JSON") from None
    if not isinstance(row, dict) or "label" not in row or not isinstance(row.get("text"), str):
        raise DataError(f"{where}: needs a 'text' and a 'label' (null if nothing answers it)")
    if row["label"] is not None and row["label"] not in ids:
        raise DataError(f"{where}: its label isn't the id of an entry")
    return Query(text=row["text"], label=row["label"])


def figures(queries: Sequence[Query], results: Sequence[FaqResult]) -> dict[str, float | int | None]:
    """Figures of what was answered; None where there is nothing to divide by.

    Recall and mean reciprocal rank (over the first `TOP_K`) are over the queries that have an answer, a `no_answer`
    counting as a miss. Precision, coverage and calibration error look at the first suggestion; the calibration error is
    over the queries with a suggestion, see `metrics.expected_calibration_error`.
    """
    found = [[suggestion.id for suggestion in result.suggestions] for result in results]
    pairs = list(zip(queries, found, strict=True))
    ranks = [
        ids.index(query.label) + 1 if query.label in ids else None for query, ids in pairs if query.label is not None
    ]
    right = np.array([ids[0] == query.label for query, ids in pairs if ids], dtype=float)
    probabilities = np.array([result.suggestions[0].probability for result in results if result.suggestions])
    refused = [not ids for query, ids in pairs if query.label is None]
    return {
        "queries": len(queries),
        "without_answer": len(refused),
        "recall_at_1": _mean([rank == 1 for rank in ranks]),
        f"recall_at_{TOP_K}": _mean([rank is not None for rank in ranks]),
        "mrr": _mean([1 / rank if rank else 0.0 for rank in ranks]),
        "precision_of_suggested": _mean(right.tolist()),
        "coverage": _mean([bool(ids) for ids in found]),
        "no_answer_recall": _mean(refused),
        "expected_calibration_error": expected_calibration_error(probabilities, right) if len(right) else None,
    }


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


if __name__ == "__main__":
    main()
