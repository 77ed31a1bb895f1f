"""What a theme, a group of clusters, is called: a short phrase of the words that set it apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nlp_service.tasks.questions.naming.keywords import ClassTerms, weigh
from nlp_service.tasks.questions.naming.phrases import capitalised
from nlp_service.text.words import part_of_speech

# A second word joins the first if it adds at least so much of the first one's weight where the first isn't said.
_LEAST_ADDED: Final = 0.15
# Adverbs, numerals, measure words, pronouns, words of time and place, function words: no heading is made of them.
_NO_HEADING_TAGS: Final = frozenset("dmqrtfcupyeozbk")


@dataclass(frozen=True, slots=True)
class ThemeName:
    """The name of a theme, one or two words ("退款 · 运费"), and its keywords, best first."""

    name: str
    keywords: list[str]


def theme_names(
    themes: Sequence[Sequence[ClassTerms]], fallbacks: Sequence[str], kept: Sequence[str | None] = ()
) -> list[ThemeName]:
    """Name themes, each differently.

    The first word is the one with the largest class-based TF-IDF among the themes; the second is the one that adds most
    in the clusters where the first is seldom said.

    Args:
        themes: the terms of each theme's clusters.
        fallbacks: for a theme without keywords, the name of its largest cluster.
        kept: the name that each theme has from earlier and keeps, if any.
    """
    merged = [_merged(clusters) for clusters in themes]
    weigh(merged)
    taken = {name for name in kept if name}
    names: dict[int, ThemeName] = {}
    for index in sorted(range(len(themes)), key=lambda index: (-merged[index].size, fallbacks[index])):
        headings = _headings(themes[index], merged[index]) or [fallbacks[index]]
        name = (kept[index] if kept else None) or next(
            one for one in _attempts(headings, len(taken)) if one not in taken
        )
        taken.add(name)
        names[index] = ThemeName(name, merged[index].keywords())
    return [names[index] for index in range(len(themes))]


def _merged(clusters: Sequence[ClassTerms]) -> ClassTerms:
    merged = ClassTerms()
    for terms in clusters:
        merged.absorb(terms)
    return merged


def _headings(clusters: Sequence[ClassTerms], theme: ClassTerms) -> list[str]:
    """Words for the name as they are mostly written, best first."""
    ranked = [term for term in theme.ranked() if _is_heading(term)] or theme.ranked()[:1]
    if not ranked:
        return []
    first = ranked[0]
    added = {term: _added(term, first, clusters) for term in ranked[1:]}
    others = sorted(added, key=lambda term: (-added[term], term))
    least = _LEAST_ADDED * theme.questions[first]
    return [theme.most_written(term) for term in (first, *(term for term in others if added[term] >= least))]


def _is_heading(term: str) -> bool:
    return len(term) > 1 and part_of_speech(term)[:1] not in _NO_HEADING_TAGS


def _added(term: str, first: str, clusters: Sequence[ClassTerms]) -> float:
    """In how many questions a term is said, those of a cluster counting less the more often the first word is said."""
    if term in first or first in term:
        return 0.0
    return sum(one.questions[term] * (1 - one.questions[first] / max(1, one.size)) for one in clusters)


def _attempts(headings: Sequence[str], taken: int) -> list[str]:
    """Names to try, the best first: two words, two others, numbered at last."""
    pairs = [f"{headings[0]} · {other}" for other in headings[1:]] or [headings[0]]
    names = [capitalised(name) for name in pairs]
    return names + [f"{names[0]} {number}" for number in range(2, taken + 3)]
