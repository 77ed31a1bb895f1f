"""Makes questions whose answer is known out of texts that mean the same, to calibrate FAQ suggestions with.

A group is a set of texts that ask the same: the wordings of an entry, questions linked by pairs, texts of one intent.
Some groups become the entries of a small knowledge base, each holding back one text as a question that has an answer
there; texts of the groups left out are questions that have none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evaluation.labelled import Labelled
from nlp_service.contracts import Vectors
from nlp_service.tasks.faq.scoring import EntryScorer, Scoring, features
from nlp_service.text import detect_language

ENTRY_COUNTS = (1, 2, 5, 10, 20, 40, 80)
QUESTIONS_PER_COUNT = 240
CANDIDATES = 3

Generator = np.random.Generator


@dataclass(frozen=True, slots=True)
class Groups:
    """Texts of one source, grouped by meaning.

    Attributes:
        vectors: of all texts, shape (texts, dimension).
        members: positions of each group's texts, at least two a group.
    """

    source: str
    vectors: Vectors
    languages: list[str]
    members: list[list[int]]


@dataclass(frozen=True, slots=True)
class Cases:
    """The best candidates of simulated questions, a row each.

    Attributes:
        features: as `scoring.features`, shape (cases, 2).
        right: whether the candidate is the entry that answers.
        first: whether it is the best candidate of its question.
        answerable: whether the question's entry is in the knowledge base.
        group: the group its question is from; folds are split by it.
    """

    features: NDArray[np.float64]
    right: NDArray[np.bool_]
    first: NDArray[np.bool_]
    answerable: NDArray[np.bool_]
    group: NDArray[np.int64]

    def select(self, rows: NDArray[np.bool_]) -> "Cases":
        """Some of the cases."""
        return Cases(self.features[rows], self.right[rows], self.first[rows], self.answerable[rows], self.group[rows])


def linked(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Groups of texts that are connected by pairs of the same meaning, in order of first appearance."""
    group_of: dict[str, list[str]] = {}
    for one, other in pairs:
        left, right = group_of.setdefault(one, [one]), group_of.setdefault(other, [other])
        if left is not right:
            left.extend(right)
            group_of.update((text, left) for text in right)
    return [group for first, group in group_of.items() if group[0] == first and len(group) > 1]


def labelled(rows: Iterable[Labelled], texts_per_label: int) -> list[list[str]]:
    """Groups of the first texts of each label; rows without a label are left out."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.label is not None and len(groups[row.label]) < texts_per_label and row.text not in groups[row.label]:
            groups[row.label].append(row.text)
    return [group for group in groups.values() if len(group) > 1]


def group(source: str, groups: Sequence[Sequence[str]], vectors: Vectors) -> Groups:
    """Put groups of texts and the vectors of their texts, in order, together."""
    bounds = np.cumsum([0, *map(len, groups)])
    return Groups(
        source=source,
        vectors=vectors,
        languages=[detect_language(text) for texts in groups for text in texts],
        members=[list(range(start, end)) for start, end in pairwise(bounds.tolist())],
    )


def simulate(groups: Groups, scoring: Scoring, random: Generator) -> Cases:
    """Ask about as many questions with an answer as without, of knowledge bases of every size in `ENTRY_COUNTS`."""
    rows: list[tuple[NDArray[np.float64], bool, bool, bool, int]] = []
    for count in ENTRY_COUNTS:
        questions = min(count, len(groups.members) - count)
        if questions > 0:
            for _ in range(-(-QUESTIONS_PER_COUNT // (2 * questions))):
                rows.extend(_round(groups, scoring, random, count, questions))
    described, right, first, answerable, origin = zip(*rows, strict=True)
    return Cases(np.stack(described), np.array(right), np.array(first), np.array(answerable), np.array(origin))


def _round(
    groups: Groups, scoring: Scoring, random: Generator, count: int, questions: int
) -> Iterator[tuple[NDArray[np.float64], bool, bool, bool, int]]:
    order = random.permutation(len(groups.members))
    asked = [int(random.choice(members)) for members in groups.members]
    inside, outside = order[:count], order[count : count + questions]
    kept = [[text for text in groups.members[entry] if text != asked[entry]] for entry in inside]
    texts = [text for entry in kept for text in entry]
    scorer = EntryScorer(
        scoring, groups.vectors[texts], [groups.languages[text] for text in texts], [len(entry) for entry in kept]
    )
    for origin in (*inside[:questions], *outside):
        text = asked[origin]
        scores, _ = scorer.score(groups.vectors[text], groups.languages[text])
        described = features(scores)
        for rank, entry in enumerate(np.argsort(-scores, kind="stable")[:CANDIDATES]):
            yield described[entry], bool(inside[entry] == origin), rank == 0, bool(origin in inside), int(origin)
