"""Words that set a cluster apart from the others."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log
from typing import Final

from nlp_service.tasks.questions.repeats import Group
from nlp_service.tasks.questions.segmentation import words

MOST_KEYWORDS: Final = 5
# A word of one question of the cluster says something about that question only.
_LEAST_QUESTIONS: Final = 2


def keywords(clusters: Sequence[Sequence[Group]], rest: Sequence[Group]) -> list[list[str]]:
    """Return up to five keywords of each cluster, best first.

    Class-based TF-IDF (Grootendorst 2022, BERTopic, section 3.3): a word's share in the cluster times
    log(1 + mean number of words in a class / number of the word in all classes). The outliers are a class too.

    Args:
        clusters: the groups in each cluster.
        rest: the groups in none.

    Returns:
        Keywords in the script in which the cluster's questions mostly write them.
    """
    counts = [_Counts(groups) for groups in (*clusters, rest)]
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count.words)
    mean = total.total() / len(counts)
    return [count.best(mean, total) for count in counts[:-1]]


class _Counts:
    """How often a cluster's questions have each word, in how many of them it is, and how it was written there."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.words: Counter[str] = Counter()
        self._questions: Counter[str] = Counter()
        self._written: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for group in groups:
            found = list(words(group.text))
            for word, written in found:
                self.words[word] += group.size
                self._written[word][written] += group.size
            self._questions.update(dict.fromkeys((word for word, _ in found), group.size))

    def best(self, mean: float, total: Counter[str]) -> list[str]:
        weights = {
            word: count * log(1 + mean / total[word])
            for word, count in self.words.items()
            if self._questions[word] >= _LEAST_QUESTIONS
        }
        ranked = sorted(weights, key=lambda word: (-weights[word], word))
        return [self._most_written(word) for word in ranked[:MOST_KEYWORDS]]

    def _most_written(self, word: str) -> str:
        forms = self._written[word]
        return min(forms, key=lambda form: (-forms[form], form))
