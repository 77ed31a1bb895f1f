"""Train the sentence-kind head: `python -m training.kinds --out DIR [--acts dialogue_acts.jsonl …]`.

Mostly from the sentences in `training/seeds`, on which the figures are cross-validated; files with dialogue acts add
volume at a small weight.
"""

import json
from pathlib import Path

from evaluation.labelled import Labelled
from evaluation.reporting import one_line_errors
from nlp_service.contracts import KINDS
from nlp_service.errors import DataError
from training import sentence_head, sentence_rows

ACT_WEIGHT = 0.2
KIND_OF_ACT = {
    "question": "enquiry",
    "command": "request",
    "statement-opinion": "statement",
    "statement-non-opinion": "statement",
    "answer": "statement",
    "thanking": "courtesy",
    "apology": "courtesy",
    "greeting": "courtesy",
    "conventional-closing": "courtesy",
}
"""Dialogue acts with a plain counterpart among the kinds; texts of other acts are left out."""


def main() -> None:
    parser = sentence_head.parser("kinds", __doc__)
    parser.add_argument("--acts", type=Path, nargs="*", default=[], help="JSONL with `text` and `act`")
    options = parser.parse_args()
    with one_line_errors("training.kinds", options.out, options.report, needs=["torch"]):
        sources = [
            sentence_rows.Source(path, sentence_rows.sample(_read(path), options), ACT_WEIGHT) for path in options.acts
        ]
        sentence_head.train("kinds", "kind", KINDS, sources, options)


def _read(path: Path) -> list[Labelled]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        return [Labelled(row["text"], KIND_OF_ACT[row["act"]]) for row in rows if row["act"] in KIND_OF_ACT]
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{path}: every line needs 'text' and 'act'") from None


if __name__ == "__main__":
    main()
