"""Which fragments of questions, a character or an English word, or two in a row, are usual in a cluster."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log, sqrt
from typing import Final

from nlp_service.tasks.questions.wording.repeats import Group
from nlp_service.text.masks import HAN

_UNIT: Final = re.compile(rf"[{HAN}]|[^\W{HAN}]+")
_LONGEST_READ: Final = 300


class Fragments:
    """TF-IDF of the fragments of texts in canonical form.

    Fragments tell what words without the stop words don't: 能不能 and 怎么, 送到 and 到货 have to do with each other.
    """

    def __init__(self, clusters: Sequence[Sequence[Group]]) -> None:
        questions: Counter[str] = Counter()
        total = 1
        for groups in clusters:
            for group in groups:
                size = group.size
                total += size
                for fragment in _fragments(group.key):
                    questions[fragment] += size
        self._weights = {fragment: log(1 + total / count) for fragment, count in questions.items()}
        self._weight_of_unknown = log(1 + total)

    def middle(self, groups: Sequence[Group]) -> dict[str, float]:
        """The fragments that are usual in a cluster: the mean direction of its questions, of unit length."""
        sums: defaultdict[str, float] = defaultdict(float)
        for group in groups:
            size = group.size
            for fragment, weight in self._unit(group.key).items():
                sums[fragment] += size * weight
        length = sqrt(sum(weight * weight for weight in sums.values())) or 1.0
        return {fragment: weight / length for fragment, weight in sums.items()}

    def typicality(self, text: str, middle: Mapping[str, float]) -> float:
        """Cosine between a text and the middle of a cluster, in [0, 1]."""
        return sum(weight * middle.get(fragment, 0.0) for fragment, weight in self._unit(text).items())

    def _unit(self, text: str) -> dict[str, float]:
        weights, unknown = self._weights, self._weight_of_unknown
        found = {fragment: weights.get(fragment, unknown) for fragment in _fragments(text)}
        scale = 1 / (sqrt(sum([weight * weight for weight in found.values()])) or 1.0)
        return {fragment: weight * scale for fragment, weight in found.items()}


def _fragments(text: str) -> dict[str, None]:
    units = _UNIT.findall(text[:_LONGEST_READ])
    return dict.fromkeys((*units, *map(" ".join, pairwise(units))))
