"""Train the head that tells which sentences stand alone: `python -m training.questions --out DIR`.

From sentences that customers might send (`training/seeds/standing`) and public ones that were read for it
(`training/readings`, given with --seeds); figures are cross-validated.
"""

from pathlib import Path

from evaluation.reporting import one_line_errors
from nlp_service.tasks.questions.standing import STANDINGS
from training import sentence_head

SEEDS = sorted(Path("training/seeds/standing").glob("*.jsonl"))


def main() -> None:
    parser = sentence_head.parser("questions", __doc__)
    parser.set_defaults(seeds=SEEDS)
    options = parser.parse_args()
    with one_line_errors("training.questions", options.out, options.report, needs=["torch"]):
        sentence_head.train("questions", "standing", STANDINGS, [], options)


if __name__ == "__main__":
    main()
