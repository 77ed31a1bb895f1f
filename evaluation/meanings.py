"""The codes that the labels of files mean, and what is said of labels that mean none."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluation.labelled import Labelled, place
from nlp_service.errors import DataError
from nlp_service.review.labels import Labels
from nlp_service.taxonomy import Changes, Taxonomy

LINES = 20
"""Of a message; more unknown labels are only counted."""


def meanings(
    tree: Taxonomy,
    files: Mapping[Path, Sequence[Labelled]],
    changes: Changes | None = None,
    *,
    are_trained: bool = False,
) -> dict[str, str]:
    """The code of every label in the files.

    Args:
        changes: from an older tree, whose codes may be labels too; no row has one that is gone.
        are_trained: whether a model learns from these rows: then a code that was retired is of no use.

    Raises:
        DataError: a line for each label of a file that means no such code, with its rows; all of them at once.
    """
    places: dict[tuple[Path, str], list[int]] = {}
    for path, rows in files.items():
        for row in rows:
            if row.label is not None:
                places.setdefault((path, row.label), []).append(row.row)
    labels = Labels(tree, changes)
    codes = {label: labels.code(label) for _, label in places}
    if changes is not None:
        codes = {label: _now(labels, code) for label, code in codes.items()}
    problems = [
        f"{place(path, *numbers)}: label '{label}' {problem}"
        for (path, label), numbers in places.items()
        if (problem := _problem(tree, labels, label, codes[label], are_trained))
    ]
    if len(problems) > LINES:
        problems[LINES:] = [f"and {len(problems) - LINES} more labels"]
    if problems:
        raise DataError("\n".join(problems))
    return {label: code for label, code in codes.items() if code is not None}


def _now(labels: Labels, code: str | None) -> str | None:
    """The code that took a code's place; itself if none did."""
    return code and next(iter(labels.now(code)), code)


def _problem(tree: Taxonomy, labels: Labels, label: str, code: str | None, is_trained: bool) -> str:
    """What is wrong with a label, "" if nothing."""
    namesakes = labels.namesakes(label) if code is None else []
    if namesakes:
        return f"is the name of {len(namesakes)} codes: {', '.join(namesakes)}"
    if code is None:
        return f"is neither a code, a name nor an alias in taxonomy '{tree.id}'{labels.nearest(label)}"
    if is_trained and not tree.is_active(code):
        return f"is the code '{code}', which isn't active in taxonomy '{tree.id}'"
    return ""
