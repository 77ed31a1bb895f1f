"""Train the sentence-sentiment head: `python -m training.sentiment --train a.jsonl b.jsonl … --out DIR`.

One head for all sets. A review's label is learned through the mean of its sentences' probabilities; a head of its own
(`training.text_head`) reads texts of several sentences as a whole, and both together judge them. A file whose labels
are only positive and negative teaches the difference between those two and says nothing about neutral. What neutral is
comes from files with three labels, above all from the sentences in `training/seeds`, on which the figures are
cross-validated.
"""

import argparse
from pathlib import Path

from evaluation.reporting import one_line_errors
from evaluation.sentiment import read_sentiments
from nlp_service.contracts import SENTIMENTS
from nlp_service.errors import DataError
from training import sentence_head, sentence_rows


def main() -> None:
    parser = sentence_head.parser("sentiment", __doc__)
    parser.add_argument("--train", type=Path, nargs="+", required=True, help="labelled texts: JSONL, CSV or Parquet")
    parser.add_argument(
        "--extra", type=Path, nargs="*", default=[], help="the same of lesser weight, e.g. other trades"
    )
    parser.add_argument(
        "--extra-weight", type=float, default=0.2, help="of a text of --extra in the loss (%(default)s)"
    )
    options = parser.parse_args()
    with one_line_errors("training.sentiment", options.out, options.report, needs=["torch"]):
        sources = [_source(path, options, 1.0) for path in options.train]
        sources += [_source(path, options, options.extra_weight) for path in options.extra]
        sentence_head.train("sentiment", "sentiment", SENTIMENTS, sources, options, calm="neutral")


def _source(path: Path, options: argparse.Namespace, weight: float) -> sentence_rows.Source:
    read = read_sentiments(path)
    if len({row.label for row in read}) < 2:
        raise DataError(f"{path}: all texts have one label: nothing can be told apart by them")
    rows = sentence_rows.sample(read, options)
    is_two_class = len({row.label for row in rows}) < len(SENTIMENTS)
    held_out = sentence_rows.kept_back(read, options)
    return sentence_rows.Source(path, rows, weight, balance=float(is_two_class), held_out=held_out)


if __name__ == "__main__":
    main()
