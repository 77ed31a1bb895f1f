"""Score sentence sentiment, kind and emotion on the challenge set: `python -m evaluation.challenge --report DIR`.

Three files of labelled sentences, by phenomenon and language, and one of changed sentences: what must keep its label
(invariance), and what must not move its score against the expected direction by more than 0.02.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.challenge.figures import (
    WEAK,
    Said,
    change_figures,
    failed_changes,
    failed_feelings,
    feeling_figures,
    said,
    summary,
    weak,
)
from evaluation.challenge.rows import Feeling, read_changes, read_feelings
from evaluation.reporting import command_line, one_line_errors, write_report
from evaluation.serving import answers
from nlp_service.analysis import Analysis

NAME = "evaluation.challenge"
FOLDER = Path("evaluation/challenge")


def main() -> None:
    options = _parser().parse_args()
    with one_line_errors(NAME, options.report):
        run(options)
    print((options.report / "report.md").read_text(encoding="utf-8"))


def run(options: argparse.Namespace) -> None:
    """Read all files, so that what is wrong is said before the work; then ask, score and write."""
    files = {"development": options.development, "blind": options.blind, "second blind": options.second_blind}
    sets = {name: read_feelings(path) for name, path in files.items()}
    changes = read_changes(options.changes)
    groups = [[row.text for row in rows] for rows in sets.values()]
    groups += [[row.text for row in changes], [row.changed for row in changes]]
    models = {"sentiment": options.sentiment, "emotions": options.emotions, "kinds": options.kinds}
    (*found, before, after), digests = ask(groups, models)
    heard = dict(zip(sets, found, strict=True))
    write_report(
        options.report,
        "Challenge set",
        {**_figures(sets, heard), "changes": change_figures(changes, before, after)},
        command=command_line(NAME),
        data=[*files.values(), options.changes],
        artifacts=digests,
    )
    if options.errors:
        _write_errors(options.errors, sets, heard, failed_changes(changes, before, after))


def ask(groups: Sequence[Sequence[str]], settings: dict[str, Any]) -> tuple[list[list[Said]], dict[str, str]]:
    """What the service says of each text of each group, and the digests of the models that said it."""

    async def feel(analysis: Analysis, texts: Sequence[str]) -> list[Said]:
        return [said(result) for result in await analysis.sentiment(texts)]

    results, digests = answers([text for group in groups for text in group], feel, settings)
    remaining = iter(results)
    return [[next(remaining) for _ in group] for group in groups], digests


def _figures(sets: dict[str, list[Feeling]], heard: dict[str, list[Said]]) -> dict[str, Any]:
    figures = {name: feeling_figures(rows, heard[name]) for name, rows in sets.items()}
    return {
        "all": {name: summary(rows, heard[name]) for name, rows in sets.items()},
        f"phenomena below {WEAK:.2f}": {name: weak(row["by phenomenon"]) for name, row in figures.items()},
        **figures,
    }


def _write_errors(
    path: Path, sets: dict[str, list[Feeling]], heard: dict[str, list[Said]], changes: list[dict[str, Any]]
) -> None:
    rows = [row for name in sets for row in failed_feelings(name, sets[name], heard[name])]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows + changes), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {NAME}", description=__doc__)
    for name, file, what in (
        ("development", "sentences.jsonl", "labelled sentences that were looked at in development"),
        ("blind", "feelings.jsonl", "labelled sentences that nobody looked at"),
        ("second-blind", "phenomena.jsonl", "more of them, many of them hard"),
        ("changes", "changes.jsonl", "sentences before and after a change"),
    ):
        parser.add_argument(f"--{name}", type=Path, default=FOLDER / file, help=f"{what} (default: %(default)s)")
    parser.add_argument("--sentiment", type=Path, default=Path("models/sentiment"), help="default: %(default)s")
    parser.add_argument("--emotions", type=Path, default=Path("models/emotions"), help="default: %(default)s")
    parser.add_argument("--kinds", type=Path, default=Path("models/kinds"), help="default: %(default)s")
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    parser.add_argument("--errors", type=Path, help="file to write the rows that failed into (JSON Lines, with texts)")
    return parser


if __name__ == "__main__":
    main()
