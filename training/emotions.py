"""Train the emotion head: `python -m training.emotions --out DIR --train emotions.jsonl …`.

From the sentences in `training/seeds`, on which the figures are cross-validated, and from files with an `emotion`
column, read as in `evaluation.emotions`. A file says nothing about emotions that it has no label for.
"""

import argparse
from pathlib import Path

from evaluation.emotions import read_emotions
from evaluation.reporting import one_line_errors
from nlp_service.tasks.emotions import LABELS, NONE
from training import sentence_head, sentence_rows

BALANCE = 0.5
"""Most sentences show no emotion; without this, the rarer ones would hardly ever be found."""


def main() -> None:
    parser = sentence_head.parser("emotions", __doc__)
    parser.add_argument("--train", type=Path, nargs="*", default=[], help="texts with `emotion`: JSONL, CSV or Parquet")
    parser.add_argument("--train-weight", type=float, default=1.0, help="of such a text in the loss (%(default)s)")
    options = parser.parse_args()
    with one_line_errors("training.emotions", options.out, options.report, needs=["torch"]):
        sources = [_source(path, options) for path in options.train]
        sentence_head.train("emotions", "emotion", LABELS, sources, options, unmarked=NONE, balance=BALANCE, calm=NONE)


def _source(path: Path, options: argparse.Namespace) -> sentence_rows.Source:
    read = read_emotions(path)
    rows, held_out = sentence_rows.sample(read, options), sentence_rows.kept_back(read, options)
    return sentence_rows.Source(path, rows, options.train_weight, BALANCE, held_out=held_out)


if __name__ == "__main__":
    main()
