"""Score sentence sentiment and kind on labelled sentences, by phenomenon and language.

`python -m evaluation.sentences --report DIR`; rows are `{"text", "kind", "sentiment", "phenomenon"}`.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evaluation.metrics import by_label, classification
from evaluation.reporting import command_line, one_line_errors, write_report
from evaluation.serving import answers
from nlp_service.analysis import Analysis
from nlp_service.contracts import DocumentResult, SentenceResult
from nlp_service.conversation import as_document
from nlp_service.text import detect_language

CHALLENGE = Path("evaluation/challenge/sentences.jsonl")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.sentences", description=__doc__)
    parser.add_argument("--test", type=Path, default=CHALLENGE, help="default: %(default)s")
    parser.add_argument("--sentiment", type=Path, default=Path("models/sentiment"), help="default: %(default)s")
    parser.add_argument("--kinds", type=Path, default=Path("models/kinds"), help="default: %(default)s")
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    options = parser.parse_args()
    with one_line_errors("evaluation.sentences"):
        rows = [json.loads(line) for line in options.test.read_text(encoding="utf-8").splitlines()]
        models = {"sentiment": options.sentiment, "kinds": options.kinds}
        results, digests = answers([row["text"] for row in rows], _ask, models)
    write_report(
        options.report,
        "Sentences",
        figures(rows, [decisive(result.sentences or ()) for result in results]),
        command=command_line("evaluation.sentences"),
        data=[options.test],
        artifacts=digests,
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))


async def _ask(analysis: Analysis, texts: Sequence[str]) -> list[DocumentResult]:
    return await analysis.analyze([as_document(text) for text in texts], ["sentiment"])


def decisive(sentences: Sequence[SentenceResult]) -> SentenceResult | None:
    """Where a row is split into several sentences: the one that feels most and isn't courtesy, if there is one."""
    return max(sentences, key=lambda sentence: (sentence.kind != "courtesy", abs(sentence.score)), default=None)


def figures(rows: Sequence[dict[str, str]], sentences: Sequence[SentenceResult | None]) -> dict[str, Any]:
    """Accuracy of both labels: all, by label, by phenomenon, by language."""
    kinds = [sentence.kind if sentence else None for sentence in sentences]
    sentiments = [sentence.sentiment if sentence else None for sentence in sentences]

    def group(name: Callable[[dict[str, str]], str]) -> dict[str, dict[str, Any]]:
        groups: dict[str, dict[str, Any]] = {}
        for value in sorted({name(row) for row in rows}):
            chosen = [number for number, row in enumerate(rows) if name(row) == value]
            groups[value] = {
                "rows": len(chosen),
                "sentiment": sum(sentiments[k] == rows[k]["sentiment"] for k in chosen) / len(chosen),
                "kind": sum(kinds[k] == rows[k]["kind"] for k in chosen) / len(chosen),
            }
        return groups

    return {
        "all": {
            "sentiment": classification([row["sentiment"] for row in rows], sentiments),
            "kind": classification([row["kind"] for row in rows], kinds),
        },
        "sentiment": by_label([row["sentiment"] for row in rows], sentiments),
        "kind": by_label([row["kind"] for row in rows], kinds),
        "by phenomenon": group(lambda row: row["phenomenon"]),
        "by language": group(lambda row: detect_language(row["text"])),
    }


if __name__ == "__main__":
    main()
