"""Score emotions: `python -m evaluation.emotions --test emotions.jsonl … --report DIR`.

Files have a column `emotion`, whose labels are read as in `EMOTION_OF`; rows of other labels are left out. An emotion
that a file has no label for counts as wrong there.
"""

import argparse
from pathlib import Path
from typing import Any

from evaluation.labelled import Labelled, read_labelled
from evaluation.metrics import by_label, classification
from evaluation.reporting import command_line, names_of, one_line_errors, write_report
from evaluation.serving import answers
from nlp_service.errors import DataError
from nlp_service.tasks.emotions import LABELS, NONE

EMOTION_OF = {
    "neutral": NONE,
    "happy": "joy",
    "grateful": "gratitude",
    "angry": "anger",
    "sad": "sadness",
    "fear": "worry",
    "worried": "worry",
    "astonished": "surprise",
    **{label: label for label in LABELS},
}
"""What public sets call them. Left out: disgust and depress (ours draw the lines elsewhere), relaxed, and what is
merely `positive-other` or `negative-other`."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.emotions", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/emotions"), help="default: %(default)s")
    parser.add_argument("--test", type=Path, nargs="+", required=True, help="texts with `emotion`")
    parser.add_argument("--report", type=Path, required=True, help="folder to write report.json and report.md into")
    options = parser.parse_args()
    with one_line_errors("evaluation.emotions", options.report):
        files = dict(zip(names_of(options.test), map(read_emotions, options.test), strict=True))
        texts = [row.text for rows in files.values() for row in rows]
        results, digests = answers(texts, lambda analysis, some: analysis.sentiment(some), {"emotions": options.model})
    said = iter((result.overall.emotion or NONE) if result.overall else None for result in results)
    predicted = {name: [next(said) for _ in rows] for name, rows in files.items()}
    figures: dict[str, Any] = {"sets": {}}
    for name, rows in files.items():
        truth = [row.label or NONE for row in rows]
        figures["sets"][name] = classification(truth, predicted[name])
        figures[name] = by_label(truth, predicted[name])
    write_report(
        options.report,
        "Emotions",
        figures,
        command=command_line("evaluation.emotions"),
        data=options.test,
        artifacts=digests,
    )
    print((options.report / "report.md").read_text(encoding="utf-8"))


def read_emotions(path: Path) -> list[Labelled]:
    """The rows of a file whose emotion is one of ours, under our name; null is none.

    Raises:
        DataError: if it can't be read, or there are none.
    """
    rows = read_labelled(path, "emotion")
    known = [
        Labelled(row.text, EMOTION_OF[row.label or NONE])
        for row in rows
        if row.label is None or row.label in EMOTION_OF
    ]
    if not known:
        raise DataError(f"{path}: no row has an emotion of {', '.join(EMOTION_OF)}")
    return known


if __name__ == "__main__":
    main()
