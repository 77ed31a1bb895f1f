"""Words that set a cluster apart from the others."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from math import log
from typing import Final

from nlp_service.tasks.questions.wording.repeats import Group
from nlp_service.tasks.questions.wording.segmentation import Term, terms
from nlp_service.text.words import part_of_speech

MOST_KEYWORDS: Final = 5
# A word of one wording of the cluster says something about that question only, and so does one of a few in a hundred.
_LEAST_QUESTIONS: Final = 2
_LEAST_WORDINGS: Final = 2
_LEAST_SHARE: Final = 0.03
_LEAST_WEIGHT: Final = 0.12
# A pair stands for a word that is mostly written in it: "credit card" for "credit", but not 电子发票 for 发票.
_PAIR_SHARE: Final = 0.6
_SHORTEST_MISSPELT: Final = 7
_TIMES_AS_FREQUENT: Final = 5
_CONSIDERED: Final = 40
# A word of nearly all of a class's questions is all that they share if no other is in three of ten, and if it is said
# everywhere (订单) or is the name of somebody or something (京东). Chosen by reading the clusters of 513 retail chats.
_SHARED: Final = 0.95
_ELSE_SHARED: Final = 0.3
_SAID_EVERYWHERE: Final = 0.25
PROPER_NOUNS: Final = ("nr", "nrt", "nrfg", "ns", "nt", "nz")
# Numerals, measure words, pronouns, words of place, function words.
_NO_KEYWORD_TAGS: Final = frozenset("mqrfcupyo")


class ClassTerms:
    """The terms of one class of questions.

    Attributes:
        size: number of questions.
        questions: number of questions that have the term, by its plain form.
        words: number of times each word is there, by plain form.
        of_group: the words of each group's text, by plain form.
        weights: class-based TF-IDF of the words, by plain form, once all classes are known.
        own: the share of each word, by plain form, that this class has of it, once all classes are known.
        misspelt: words of any class that are misspellings of others, once all classes are known.
    """

    def __init__(self, groups: Sequence[Group] = ()) -> None:
        self.size = sum(group.size for group in groups)
        self.questions: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self.of_group: list[tuple[str, ...]] = []
        self.weights: dict[str, float] = {}
        self.own: dict[str, float] = {}
        self.misspelt: Set[str] = frozenset()
        self._wordings: Counter[str] = Counter()
        self._pairs: dict[str, tuple[str, ...]] = {}
        self._written: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for group in groups:
            self._add(terms(group.text), group.size)

    def _add(self, found: Sequence[Term], size: int) -> None:
        for term in found:
            self._written[term.plain][term.written] += size
            if len(term.parts) == 1:
                self.words[term.plain] += size
            else:
                self._pairs[term.plain] = term.parts
        distinct = dict.fromkeys((term.plain for term in found), size)
        self.of_group.append(tuple(term.plain for term in found if len(term.parts) == 1))
        self.questions.update(distinct)
        self._wordings.update(distinct.keys())

    def shares_only_a_word(self) -> bool:
        """Whether the questions have a word in common, and nothing that is asked about it; once classes are weighed."""
        word = max(self.own, key=lambda word: self.questions[word], default="")
        if self.questions[word] < max(1, _SHARED * self.size):
            return False
        if self.own[word] >= _SAID_EVERYWHERE and part_of_speech(word) not in PROPER_NOUNS:
            return False
        others = (n for other, n in self.questions.items() if other not in word and word not in other)
        return max(others, default=0) <= _ELSE_SHARED * self.size

    def absorb(self, other: "ClassTerms") -> None:
        """Add the questions of another class."""
        self.size += other.size
        self.of_group.extend(other.of_group)
        self.questions.update(other.questions)
        self.words.update(other.words)
        self._wordings.update(other._wordings)
        self._pairs.update(other._pairs)
        for term, forms in other._written.items():
            self._written[term].update(forms)

    def weigh(self, mean: float, total: Counter[str], misspelt: Set[str]) -> None:
        """Set the weights, given the mean number of words in a class and the number of each word in all."""
        self.misspelt = misspelt
        self.own = {word: count / total[word] for word, count in self.words.items()}
        least = max(_LEAST_QUESTIONS, _LEAST_SHARE * self.size)
        wordings = min(_LEAST_WORDINGS, (len(self.of_group) + 1) // 2)
        self.weights = {
            word: count * log(1 + mean / total[word])
            for word, count in self.words.items()
            if self.questions[word] >= least and self._wordings[word] >= wordings and word not in misspelt
        }
        self._pairs = {pair: parts for pair, parts in self._pairs.items() if misspelt.isdisjoint(parts)}

    def keywords(self) -> list[str]:
        """Up to five terms in the form in which they are mostly written, best first, none inside another."""
        return [self.most_written(term) for term in self.ranked()]

    def ranked(self) -> list[str]:
        """The plain forms of the keywords."""
        words = sorted(self.weights, key=lambda word: (-self.weights[word], word))[:_CONSIDERED]
        words = [word for word in words if part_of_speech(word)[:1] not in _NO_KEYWORD_TAGS] or words
        chosen: list[str] = []
        for word in words:
            if len(chosen) == MOST_KEYWORDS or self.weights[word] < _LEAST_WEIGHT * self.weights[words[0]]:
                break
            longer = self._longer(word)
            if any(set(self._pairs.get(longer, ())) & set(self._pairs.get(known, ())) for known in chosen):
                longer = word
            overlapped = [known for known in chosen if known in longer or longer in known]
            if not overlapped:
                chosen.append(longer)
            elif not any(known in word or word in known for known in chosen):
                chosen.append(word)
            elif len(overlapped) == 1 and self.questions[word] > self.questions[overlapped[0]] / 2:
                chosen[chosen.index(overlapped[0])] = max(word, overlapped[0], key=len)
        return list(dict.fromkeys(chosen))

    def _longer(self, word: str) -> str:
        """The pair in which most of the word's questions have it, or else the word."""
        pairs = (pair for pair, parts in self._pairs.items() if word in parts)
        best = max(pairs, key=lambda pair: (self.questions[pair], pair), default=word)
        often = self.questions[best] >= max(_LEAST_QUESTIONS, _PAIR_SHARE * self.questions[word])
        return best if often else word

    def most_written(self, term: str) -> str:
        """The form in which the questions mostly have a term."""
        forms = self._written[term]
        return min(forms, key=lambda form: (-forms[form], form))


def class_terms(clusters: Sequence[Sequence[Group]], rest: Sequence[Group]) -> list[ClassTerms]:
    """Return the terms of each cluster, weighed.

    Args:
        clusters: the groups in each cluster.
        rest: the groups in none.
    """
    classes = [ClassTerms(groups) for groups in (*clusters, rest)]
    weigh(classes)
    return classes[:-1]


def weigh(classes: Sequence[ClassTerms]) -> None:
    """Weigh the words of classes by class-based TF-IDF.

    Grootendorst 2022 (BERTopic), section 3.3: a word's number in the class times log(1 + mean number of words in a
    class / number of the word in all classes). The outliers are a class too.
    """
    total: Counter[str] = Counter()
    for one in classes:
        total.update(one.words)
    mean, misspelt = total.total() / max(1, len(classes)), _misspelt(total)
    for one in classes:
        one.weigh(mean, total, misspelt)


def _misspelt(total: Counter[str]) -> set[str]:
    """English words that are one letter, or two exchanged, from a far more frequent one.

    Such words share a form with a letter left out (symmetric deletion: Garbe 2012, SymSpell) or all their letters.
    """
    long = [word for word in total if len(word) >= _SHORTEST_MISSPELT and word.isascii()]
    most: Counter[str] = Counter()
    for word in long:
        for form in _near_forms(word):
            most[form] = max(most[form], total[word])
    return {word for word in long if max(most[form] for form in _near_forms(word)) >= _TIMES_AS_FREQUENT * total[word]}


def _near_forms(word: str) -> Iterator[str]:
    yield word
    yield word[0] + "".join(sorted(word))
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]
