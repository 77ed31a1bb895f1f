"""What a cluster of questions is called: a short canonical question in its customers' own words."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nlp_service.tasks.questions.naming.fragments import Fragments
from nlp_service.tasks.questions.naming.keywords import PROPER_NOUNS, ClassTerms
from nlp_service.tasks.questions.naming.phrases import ASKING, Phrase, capitalised, phrases
from nlp_service.tasks.questions.naming.sameness import same_plain, sameness, without_note
from nlp_service.tasks.questions.wording.repeats import Group, unit_rows
from nlp_service.tasks.questions.wording.segmentation import words
from nlp_service.text import Language, detect_language, to_simplified
from nlp_service.text.words import part_of_speech

# Chosen by reading the names of clusters of half of 1,386 sentences of retail chats, of 2,000 questions to shops, all
# Chinese, and, in English, of 913 insurance utterances, 1,600 questions to customer service and 1,600 requests to an
# assistant.
_CONSIDERED: Final = 40
_CORE: Final = 60
_COVERAGE: Final = 0.4
_TYPICALITY: Final = 1.25
_FREQUENCY: Final = 0.4
# What one customer wrote once, perhaps with a slip of the pen, where another wording came again.
_COST_OF_ONCE: Final = 0.1
_COST_OF_STRANGE_WORD: Final = 0.2
_COST_OF_NO_SUBJECT: Final = 0.3
_COST_OF_DETAIL: Final = 0.25
# Of a day that fewer than half of the questions name: it makes a name wrong, not only narrow.
_COST_OF_IDLE_DAY: Final = 0.4
_COST_OF_OTHER_LANGUAGE: Final = 0.6
# How much less fit a name may be that is taken because the best one is given away.
_NEXT_BEST: Final = 0.35
# How much less fit an earlier name may be that stays: names about something else are hardly ever so near. Of names of
# made-up weeks of the same traffic, 77 in 100 stayed; at 0.35, half of them.
_STANDING: Final = 1.1
_SUBJECT_WORDS: Final = 3
# A word of three in ten questions belongs to the subject; a cluster without one has hardly a subject.
_USUAL_SHARE: Final = 0.3
# Of the bundled encoder, version 6: mean cosine of a name's wording with all of the cluster's. Strict readers refused
# most names below it whose cluster had a word in six of ten questions, mostly as too narrow.
_LEAST_LIKENESS: Final = 0.68
# Of the questions that have the subject, or a word of the same last character: 运费 and 邮费 are both a 费.
_SUBJECT_SHARE: Final = 0.6
_OWN_SHARE: Final = 0.4
# Of all that is said of the subject, so that the cluster is where it is asked about: of 订单 it is nowhere.
_LEAST_OWN: Final = 0.5
# Nearly all that is said of a subject, by nearly all of the cluster: everything is asked about it, and a name of one
# thing has to be nearer to the others than elsewhere.
_WHOLE: Final = 0.8
_LEAST_LIKENESS_AT_HOME: Final = 0.72
# What begins a phrase about something else (收到, 发错) is no subject: 发票 is, and so is 安装.
_SUBJECT: Final = re.compile(r".*\w[^到错好完了过着去来给]")
# What follows the subject in such a name: Simplified, Traditional.
_QUESTIONS: Final = ("问题", "問題")
# No detail holds what makes a question another one.
_TURNS: Final = re.compile(
    r"[不没无未别]|什么|怎|何|几|多[久少]|\b(?:no|not|never|cannot|\w+n['’]t|what|when|where|which|who|whose|why|how)\b"
)
# A word of half of the questions is a subject that needs no detail.
_COMMON_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Description:
    """What is shown of a cluster.

    Attributes:
        name: at most 24 Chinese characters or 10 English words; no two clusters of one answer have the same.
        keywords: up to five, best first.
        representative: the wording that the name is a part of.
    """

    name: str
    keywords: list[str]
    representative: Group


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    score: float
    group: Group


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Possible names, best first, at least one, and the earlier one as far as it still stands for the cluster."""

    names: list[_Candidate]
    standing: _Candidate | None


def describe(
    clusters: Sequence[Sequence[Group]],
    every_terms: Sequence[ClassTerms],
    kept: Sequence[str | None] = (),
    earlier: Sequence[str | None] = (),
) -> list[Description]:
    """Name clusters.

    A name is a clause, an English one perhaps without its last details, of one of the 40 wordings nearest to the
    cluster's centroid, or most frequent: the one that is best in centrality; in likeness to all that is said in the
    cluster, character by character (cosine to the TF-IDF centroid, as in MEAD: Radev et al. 2004); in the share of the
    cluster's subject (words weighed by class-based TF-IDF) that it tells; in how often customers write it; and in form.
    Words of no other question of the cluster count against it, and so does a detail of few questions where half of them
    say the rest. Where no wording stands for the others, the name is their common word: "invoice questions".

    Args:
        clusters: the groups in each cluster, none without any.
        every_terms: the terms of each cluster.
        kept: the name that people gave each cluster, if any: it stays.
        earlier: the name that each cluster was given here before, if any: it stays while it is nearly as good as the
            best one of now.
    """
    cores = [_core(groups) for groups in clusters]
    fragments = Fragments(
        [[groups[index] for index in core] for groups, (core, _) in zip(clusters, cores, strict=True)]
    )
    given, before = ([*names, *[None] * (len(clusters) - len(names))] for names in (kept, earlier))
    ranked = [
        _ranked(groups, core, terms, fragments, name)
        for groups, core, terms, name in zip(clusters, cores, every_terms, before, strict=True)
    ]
    fixed = [name or (ranking.standing and ranking.standing.name) for name, ranking in zip(given, ranked, strict=True)]
    keywords = [terms.keywords() for terms in every_terms]
    taken = {sameness(name) for name in fixed if name}
    descriptions: dict[int, Description] = {}
    for index in sorted(
        range(len(clusters)), key=lambda index: (-every_terms[index].size, ranked[index].names[0].group.key)
    ):
        names, standing = ranked[index].names, ranked[index].standing
        chosen = (standing or names[0]) if fixed[index] else _first_free(names, taken)
        name = fixed[index] or _distinct(
            _subject(clusters[index], chosen, every_terms[index], keywords[index]) or chosen.name,
            keywords[index],
            taken,
        )
        taken.add(sameness(name))
        descriptions[index] = Description(name, keywords[index], chosen.group)
    return [descriptions[index] for index in range(len(clusters))]


def _subject(groups: Sequence[Group], chosen: _Candidate, terms: ClassTerms, keywords: Sequence[str]) -> str | None:
    """A name for a cluster whose questions share a subject and nothing more: no customer asks as widely as that.

    None if the chosen one's wording is like the others, or its own words are usual.
    """
    subject, language = next(iter(terms.ranked()), ""), _language(groups)
    is_chinese = language.startswith("zh")

    def belongs(word: str) -> bool:
        return word in subject or (is_chinese and word[-1] == subject[-1])

    vectors = np.stack([group.vector for group in groups]).astype(np.float64)
    likeness = float(np.array([group.size for group in groups]) @ (vectors @ chosen.group.vector)) / terms.size
    own, share = terms.own.get(subject, 1.0), terms.questions[subject] / terms.size
    if (
        not _SUBJECT.fullmatch(subject)
        or part_of_speech(subject) in PROPER_NOUNS
        or likeness >= (_LEAST_LIKENESS_AT_HOME if min(own, share) >= _WHOLE else _LEAST_LIKENESS)
        or share < _OWN_SHARE
        or own < _LEAST_OWN
        or _share(groups, terms, belongs) < _SUBJECT_SHARE
    ):
        return None
    told = to_simplified(chosen.name).lower()
    others = dict.fromkeys(word for wording in terms.of_group for word in wording if word in told)
    if any(terms.questions[word] >= _USUAL_SHARE * terms.size and not belongs(word) for word in others):
        return None
    if not is_chinese:
        return capitalised(f"{keywords[0]} questions")
    return f"{keywords[0]}{_QUESTIONS[language == 'zh-Hant']}"


def subject_of(name: str) -> str | None:
    """The subject of a name that says nothing more than that there are questions about it."""
    return name[: -len(_QUESTIONS[0])] or None if name.endswith(_QUESTIONS) else None


def _share(groups: Sequence[Group], terms: ClassTerms, belongs: Callable[[str], bool]) -> float:
    """The share of a cluster's questions that have a word of this kind."""
    found = (group.size for group, said in zip(groups, terms.of_group, strict=True) if any(map(belongs, said)))
    return sum(found) / terms.size


def _core(groups: Sequence[Group]) -> tuple[list[int], list[float]]:
    """The wordings that are near to the centroid or frequent, best first, and the cosine of every wording to it."""
    sizes = np.array([group.size for group in groups])
    vectors = np.stack([group.vector for group in groups]).astype(np.float64)
    cosines = vectors @ unit_rows(sizes @ vectors)
    order = np.lexsort((-cosines, -(cosines + _FREQUENCY * np.sqrt(sizes / sizes.sum()))))
    return order[:_CORE].tolist(), cosines.tolist()


def _ranked(
    groups: Sequence[Group],
    core: tuple[Sequence[int], Sequence[float]],
    terms: ClassTerms,
    fragments: Fragments,
    earlier: str | None,
) -> _Ranking:
    indices, cosines = core
    nearest = indices[:_CONSIDERED]
    found = [(index, phrase) for index in nearest for phrase in phrases(groups[index].text)]
    often, written = Counter[str](), Counter[str]()
    fitness = {phrase.plain: phrase.fitness for _, phrase in found}
    for index, phrase in found:
        often[same_plain(phrase.plain)] += groups[index].size
        written[phrase.plain] += groups[index].size
    most = max(written.values(), default=0)
    language = _language([groups[index] for index in nearest])
    middle = fragments.middle([groups[index] for index in indices])
    mean = sum(cosines[index] for index in nearest) / len(nearest)

    def has_idle_day(phrase: Phrase) -> bool:
        asked = sum(group.size for group in groups if phrase.day in group.key) if phrase.day else terms.size
        return asked < _COMMON_SHARE * terms.size

    def score(phrase: Phrase, cosine: float, said: Sequence[str]) -> float:
        # The vector is that of the whole wording: it says the less about a part of it, the smaller the part is.
        total: float = (
            (cosine - mean) * phrase.share
            + phrase.fitness
            + _TYPICALITY * fragments.typicality(phrase.plain, middle)
            + _telling(phrase.plain, said, terms)
            + _FREQUENCY * min(1.0, often[same_plain(phrase.plain)] / terms.size) ** 0.5
            - _COST_OF_ONCE * (written[phrase.plain] == 1 < most)
            - max(
                _COST_OF_IDLE_DAY * has_idle_day(phrase),
                _COST_OF_DETAIL * _has_idle_detail(phrase, said, terms, fitness),
            )
            - _COST_OF_OTHER_LANGUAGE * (not _is_in(phrase.text, language))
        )
        return total

    candidates = [
        _Candidate(phrase.text, score(phrase, cosines[index], terms.of_group[index]), groups[index])
        for index, phrase in found
    ]
    if not candidates:
        group = groups[nearest[0]]
        candidates.append(_Candidate(group.text.strip() or group.text, 0.0, group))
    candidates.sort(key=lambda one: (-one.score, one.group.key, one.name))
    return _Ranking(candidates, _standing(earlier, candidates, lambda phrase, said: score(phrase, mean, said)))


def _standing(
    earlier: str | None, candidates: Sequence[_Candidate], score: Callable[[Phrase, Sequence[str]], float]
) -> _Candidate | None:
    """The earlier name, if it is hardly less fit for the cluster than the best one, whoever says it now."""
    if earlier is None:
        return None
    told = sameness(without_note(earlier))
    group = next((one.group for one in candidates if sameness(one.name) == told), candidates[0].group)
    known = [one.score for one in candidates if sameness(one.name) == told]
    said = [word for word, _ in words(without_note(earlier))]
    scores = known or [score(phrase, said) for phrase in phrases(without_note(earlier))]
    if max(scores, default=float("-inf")) < candidates[0].score - _STANDING:
        return None
    return _Candidate(earlier, max(scores), group)


def _telling(plain: str, wording: Sequence[str], terms: ClassTerms) -> float:
    """How much of the cluster's subject a phrase tells, less what few other questions of the cluster say."""
    found = [word for word in dict.fromkeys(wording) if word in plain]  # sums of floats depend on their order
    subject = sorted(terms.weights.values(), reverse=True)[:_SUBJECT_WORDS]
    trust = min(1.0, max((terms.questions[word] for word in terms.weights), default=0) / (_USUAL_SHARE * terms.size))
    told = sum(terms.weights.get(word, 0.0) for word in found)
    strange = sum(_strangeness(word, terms) for word in found)
    value = _COVERAGE * min(1.0, told / sum(subject)) if told else -_COST_OF_NO_SUBJECT
    return trust * value - _COST_OF_STRANGE_WORD * strange


def _has_idle_detail(phrase: Phrase, wording: Sequence[str], terms: ClassTerms, fitness: Mapping[str, float]) -> bool:
    """Whether a phrase adds what few of the cluster's questions say to what half of them say.

    That is a part without which it is a phrase of the cluster too, as good a question, and not the opposite of it.
    """
    plain = phrase.plain
    shares = {word: terms.questions[word] / terms.size for word in wording if word in plain}
    common = [plain.index(word) for word, share in shares.items() if share >= _COMMON_SHARE]
    return any(
        fitness.get(plain[:start] + plain[end:], float("-inf")) > phrase.fitness - ASKING
        for word, share in shares.items()
        if share < _USUAL_SHARE
        for start in range(plain.index(word) + 1)
        for end in range(plain.index(word) + len(word), len(plain) + 1)
        if any(not start <= place < end for place in common) and not _TURNS.search(plain, start, end)
    )


def _strangeness(word: str, terms: ClassTerms) -> float:
    """1 for a word of one question, 0 for one of many of the cluster's or of all; more for proper nouns and typos."""
    questions, size = terms.questions[word], terms.size
    rare = max(0.0, 1.0 - (questions - 1) / max(1.0, _USUAL_SHARE * size)) if questions < size else 0.0
    proper = part_of_speech(word) in PROPER_NOUNS
    return rare + 4 * (word in terms.misspelt) + proper * (1 - questions / size)


def _language(groups: Sequence[Group]) -> Language:
    """Of most questions; the script is that of all of them together, since a short text often doesn't tell."""
    languages = [detect_language(group.text) for group in groups]
    counts: Counter[str] = Counter()
    for group, language in zip(groups, languages, strict=True):
        counts[language[:2]] += group.size
    usual = max(sorted(counts), key=lambda language: counts[language])
    if usual != "zh":
        return "en" if usual == "en" else "und"
    chinese = (group.text for group, language in zip(groups, languages, strict=True) if language.startswith("zh"))
    return detect_language("，".join(chinese))


def _is_in(name: str, language: Language) -> bool:
    # A character that only Traditional Chinese writes tips a text that could be either, and no other.
    return detect_language(f"們{name}" if language == "zh-Hant" else name) == language


def _first_free(ranked: Sequence[_Candidate], taken: set[str]) -> _Candidate:
    good = (one for one in ranked if one.score >= ranked[0].score - _NEXT_BEST)
    return next((one for one in good if sameness(one.name) not in taken), ranked[0])


def _distinct(name: str, keywords: Sequence[str], taken: set[str]) -> str:
    """The name, or else with a keyword that it lacks, or else with a number."""
    left, right = (" (", ")") if name.isascii() else ("（", "）")
    told = to_simplified(name).lower()
    notes = [word for word in keywords if to_simplified(word) not in told]
    attempts = [name, *(f"{name}{left}{note}{right}" for note in notes)]
    attempts += [f"{name}{left}{number}{right}" for number in range(2, len(taken) + 3)]
    return next(attempt for attempt in attempts if sameness(attempt) not in taken)
