"""Score the contact reasons of conversations: `python -m evaluation.conversations --test chats.jsonl --report DIR`.

A row is a transcript (`turns`) with `label`, its main contact reason by code, name or alias (null: none of them), and
`others`, further codes that are right too; `sure`, 0 to 2, says how sure whoever labelled it was.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from evaluation.labelled import read_rows
from evaluation.metrics import classification
from evaluation.reporting import command_line, one_line_errors, write_report
from evaluation.serving import answers
from nlp_service import artifact, taxonomy
from nlp_service.contracts import ContactReason, Document, Speaker, Turn
from nlp_service.errors import DataError
from nlp_service.taxonomy import Taxonomy

SURENESS = {"clear": 2, "likely": 1, "guessed": 0}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.conversations", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/reasons"), help="default: %(default)s")
    parser.add_argument("--test", type=Path, required=True, help="labelled transcripts: JSONL or Parquet")
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    options = parser.parse_args()
    with one_line_errors("evaluation.conversations", options.report):
        tree = taxonomy.load(options.model / artifact.load(options.model, "reasons").config["taxonomy"])
        rows = [_checked(row, where, tree) for where, row in read_rows(options.test)]
        documents = [Document(tuple(Turn(turn["speaker"], turn["text"]) for turn in row["turns"])) for row in rows]
        results, digests = answers(
            documents, lambda analysis, some: analysis.analyze(some, {"reasons"}), {"reasons": options.model}
        )
    found = [result.reasons or [] for result in results]
    write_report(
        options.report,
        "Contact reasons of conversations",
        {"how sure the label is": by_sureness(rows, found, tree)},
        command=command_line("evaluation.conversations"),
        data=[options.test],
        artifacts=digests,
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))


def by_sureness(
    rows: Sequence[Mapping[str, Any]], found: Sequence[Sequence[ContactReason]], tree: Taxonomy
) -> dict[str, dict[str, Any]]:
    """Figures of the conversations whose label is clear, likely, guessed, and of all."""
    groups = {name: [place for place, row in enumerate(rows) if row["sure"] == sure] for name, sure in SURENESS.items()}
    groups["all"] = list(range(len(rows)))
    return {
        name: figures([rows[place] for place in places], [found[place] for place in places], tree)
        for name, places in groups.items()
        if places
    }


def figures(
    rows: Sequence[Mapping[str, Any]], found: Sequence[Sequence[ContactReason]], tree: Taxonomy
) -> dict[str, Any]:
    """Of conversations with the contact reasons that were found in each, the main one first.

    `accuracy`, `macro_f1`: of the main reason, where a conversation without one is right if none is found. `branch`:
    of its top-level code. `named`: the share of conversations with a reason whose main one is among those found.
    `right_of_named`: the share of the found ones that are the main or another right one.
    """
    truth = [row["label"] or "" for row in rows]
    codes = [[reason.code for reason in reasons if reason.code] for reasons in found]
    main = [some[0] if some else "" for some in codes]
    with_reason = [place for place, code in enumerate(truth) if code]
    right = [{row["label"], *row.get("others", ())} for row in rows]
    branches = [[tree.path(code)[0].code if code else "" for code in some] for some in (truth, main)]
    named = [code in wanted for some, wanted in zip(codes, right, strict=True) for code in some]
    return {
        **classification(truth, main),
        "branch": _share(one == other for one, other in zip(*branches, strict=True)),
        "named": _share(truth[place] in codes[place] for place in with_reason),
        "right_of_named": _share(named),
        "reasons_per_conversation": len(named) / len(rows),
    }


def _share(values: Any) -> float | None:
    counted = list(values)
    return sum(counted) / len(counted) if counted else None


def _checked(row: Any, where: str, tree: Taxonomy) -> dict[str, Any]:
    turns = row.get("turns") if isinstance(row, dict) else None
    whole = isinstance(turns, list) and all(
        isinstance(turn, dict) and turn.get("speaker") in get_args(Speaker) and isinstance(turn.get("text"), str)
        for turn in turns
    )
    if not whole or "label" not in row:
        raise DataError(f"{where}: needs 'turns' (each with 'speaker' and 'text') and a 'label' (code or null)")
    sure = row.get("sure", 2)
    if sure not in SURENESS.values():
        raise DataError(f"{where}: 'sure' must be 0, 1 or 2")
    label, *others = (_code(name, where, tree) for name in (row["label"], *(row.get("others") or ())))
    return {**row, "label": label, "others": others, "sure": sure}


def _code(name: Any, where: str, tree: Taxonomy) -> str | None:
    """The code that a label names."""
    code = tree.resolve(name) if isinstance(name, str) else None
    if name is not None and code is None:
        raise DataError(f"{where}: {name!r} is neither a code, a name nor an alias in taxonomy '{tree.id}'")
    return code


if __name__ == "__main__":
    main()
