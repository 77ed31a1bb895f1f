"""Labels that look wrong among what a sentence head learns from, seeds and files alike: for a person to look at.

Each text is judged by a head and a lexicon that have seen neither it nor the same text elsewhere, and only between the
labels that its file can tell apart: a review that is positive or negative is never suggested to be neutral. Each file
is asked on its own, by the method of `training.audit` with a tree of one level, as files differ in how far their labels
can be trusted and in where they draw the line between two of them.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.labelled import numbered_rows
from nlp_service.taxonomy import flat
from nlp_service.text import prepare
from training import lexicon, noise
from training.audit import (
    Place,
    SiblingPair,
    Suspicion,
    check_audit,
    conflicts,
    sibling_pairs,
    summary,
    suspicions,
    write_audit,
)
from training.head import FOLDS, Recipe, fit, folds
from training.sentence_head import Experts
from training.sentence_rows import Source


@dataclass(frozen=True)
class Audited:
    """The texts that were judged, in the order of their files.

    Attributes:
        places: of a file that repeats the text, the first.
        source: the number of each text's source, shape (texts,).
        given: the label of each text.
        probabilities: shape (texts, labels); 0 for labels that the text's file can't tell apart. Rows add up to 1.
    """

    places: list[Place]
    texts: list[str]
    source: NDArray[np.intp]
    given: list[str]
    probabilities: NDArray[np.float64]


def audit(
    labels: Sequence[str],
    sources: Sequence[Source],
    experts: Experts,
    recipe: Recipe,
    temperature: float,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Write the labels that look wrong to `options.audit`, the worst first; what the report says of them.

    Args:
        sources: of the experts' first texts; the first of them is that of the seed files. Texts behind theirs (seeds in
            other words) are left aside altogether: they would tell how the seeds are labelled.
        temperature: of both experts together.

    Raises:
        ServiceError: if cleanlab isn't installed, or the table is of another ending than .csv and .jsonl.
    """
    check_audit(options.audit)
    audited = _audited(labels, sources, experts, recipe, temperature, options)
    found, pairs = _doubts(labels, audited)
    write_audit(options.audit, found, audited.places, audited.texts, audited.given)
    return _figures(found, pairs, audited)


def _audited(
    labels: Sequence[str],
    sources: Sequence[Source],
    experts: Experts,
    recipe: Recipe,
    temperature: float,
    options: argparse.Namespace,
) -> Audited:
    """The sources' texts that the head learns from, judged."""
    texts = [row.text for source in sources for row in source.rows]
    chosen = np.flatnonzero(experts.by_head[: len(texts)])
    source = np.repeat(np.arange(len(sources)), [len(part.rows) for part in sources])[chosen]
    places = [_places(options.seeds), *(_places([part.path]) for part in sources[1:])]
    return Audited(
        [places[number][texts[row]] for number, row in zip(source, chosen, strict=True)],
        [texts[row] for row in chosen],
        source,
        [labels[column] for column in experts.words.targets[chosen].argmax(axis=1)],
        noise.cool(_held_out(labels, texts, experts, recipe, options)[chosen], temperature),
    )


def _held_out(
    labels: Sequence[str], texts: Sequence[str], experts: Experts, recipe: Recipe, options: argparse.Namespace
) -> NDArray[np.float64]:
    """What both say of the first texts by experts that haven't seen them: logits, shape (texts, labels); −∞ for labels
    that a text's file can't tell apart, meaningless for texts that the head doesn't learn from."""
    by_head, words = experts.by_head, experts.words
    fold = _folds(texts, by_head[: len(texts)], recipe.seed)
    fold = np.pad(fold, (0, len(by_head) - len(texts)), constant_values=FOLDS)  # a fold that takes part in nothing
    logits = np.where(words.considered > 0, 0.0, -np.inf)
    for number in range(FOLDS):
        is_learned, is_judged = (fold != number) & (fold != FOLDS), by_head & (fold == number)
        head = fit(labels, experts.bags.select(is_learned[by_head]), recipe)
        judged = experts.bags.select(is_judged[by_head])
        fitted = lexicon.fit(words.select(is_learned), decay=options.lexicon_decay, most=options.ngrams)
        from_lexicon = lexicon.log_probabilities(fitted, words.rows[is_judged])
        from_head = np.log(judged.pool(head.probabilities(judged.vectors)) + 1e-12)
        logits[is_judged] += (1 - options.lexicon_share) * from_head + options.lexicon_share * from_lexicon
    return logits[: len(texts)]


def _folds(texts: Sequence[str], is_judged: NDArray[np.bool_], seed: int) -> NDArray[np.int64]:
    """The fold that each text is held out in, shape (texts,), the same for equal prepared texts; −1 for none."""
    numbers: dict[str, int] = {}
    group = np.array([numbers.setdefault(prepare(text), len(numbers)) for text in texts], dtype=np.intp)
    has_judged = np.zeros(len(numbers), dtype=bool)
    has_judged[group[is_judged]] = True
    return np.where(has_judged, folds(len(numbers), seed), -1)[group]


def _doubts(labels: Sequence[str], audited: Audited) -> tuple[list[Suspicion], list[SiblingPair]]:
    """Labels that look wrong, by their position among the audited texts, and labels of a file that are taken for each
    other; the worst first."""
    tree = flat(labels)
    found: list[Suspicion] = []
    pairs: list[SiblingPair] = []
    for number in np.unique(audited.source):
        rows = np.flatnonzero(audited.source == number)
        columns = np.flatnonzero(audited.probabilities[rows].any(axis=0)).tolist()
        codes, given = [labels[column] for column in columns], [audited.given[row] for row in rows]
        probabilities = audited.probabilities[rows][:, columns]
        found += [replace(item, row=int(rows[item.row])) for item in suspicions(tree, codes, given, probabilities)]
        file = audited.places[rows[0]].file
        pairs += [
            replace(pair, first=f"{file}: {pair.first}") for pair in sibling_pairs(tree, codes, given, probabilities)
        ]
    found.sort(key=lambda item: (item.quality, item.row))
    return found, sorted(pairs, key=lambda pair: (not pair.is_inseparable, -pair.confused, pair.first, pair.second))


def _figures(found: Sequence[Suspicion], pairs: Sequence[SiblingPair], audited: Audited) -> dict[str, Any]:
    """Figures of the report, without texts; rows count as in their files."""
    contradictions = conflicts(audited.texts, audited.given)
    rows = Counter(place.file for place in audited.places)
    suspected = Counter(audited.places[item.row].file for item in found)
    return summary(audited.given, found, pairs, contradictions, audited.places) | {
        "suspected labels by file": {
            file: {"rows": count, "suspected": suspected[file], "share": suspected[file] / count}
            for file, count in rows.items()
        },
    }


def _places(paths: Sequence[Path]) -> dict[str, Place]:
    """The place of each text of some files."""
    places: dict[str, Place] = {}
    for path in paths:
        for number, row in numbered_rows(path):
            places.setdefault(row["text"], Place(path.name, number))
    return places
