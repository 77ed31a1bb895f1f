"""The order of the steps from questions to named clusters."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from nlp_service.contracts import (
    KINDS,
    Cluster,
    Clustering,
    Kind,
    Progress,
    QuestionItem,
    Theme,
    Vectors,
    unobserved,
)
from nlp_service.tasks.questions.finding.density import size_limit
from nlp_service.tasks.questions.finding.doubles import join_doubles
from nlp_service.tasks.questions.finding.drafts import draft_clusters
from nlp_service.tasks.questions.finding.themes import find_themes, positions
from nlp_service.tasks.questions.identity.continuation import Previous, continue_clusters, reaches
from nlp_service.tasks.questions.identity.events import Continued
from nlp_service.tasks.questions.identity.sampling import draw_sample
from nlp_service.tasks.questions.naming.keywords import ClassTerms, class_terms
from nlp_service.tasks.questions.naming.names import describe
from nlp_service.tasks.questions.naming.representatives import wordings
from nlp_service.tasks.questions.naming.theme_names import theme_names
from nlp_service.tasks.questions.wording.repeats import Group, group_repeats, unit_rows

STEPS = 4


class QuestionClusterer:
    """Finds the questions that customers keep asking."""

    def cluster(
        self,
        questions: Sequence[QuestionItem],
        vectors: Vectors,
        kinds: Sequence[Kind],
        previous: Previous = (),
        progress: Progress = unobserved,
        *,
        previous_sample: Vectors | None = None,
        least_size: int | None = None,
        reasons: Sequence[str | None] = (),
    ) -> Clustering:
        """Cluster questions that ask the same. It takes seconds for thousands: call it from a worker thread.

        The clusters, their names and their ids don't depend on the order of the questions; `members` and `outliers`
        are in that order. A cluster's `stability` is how much of its questions' neighbourhood lies within it: 1 is an
        island, less is a blurred border. Questions picked out of conversations must be more alike than others, which
        leaves more of them out: many belong to one customer's case. Of these, what has no more in common than a word
        that is said everywhere, or a name, is no cluster, and near clusters of one contact reason are one.

        Args:
            questions: n questions with ids that differ.
            vectors: shape (n, dimension), unit rows, or zeros for a text without tokens.
            kinds: of each question.
            previous: clusters of an earlier answer, each with the vectors of its wordings.
            previous_sample: the vectors of that answer's `sample`, shape (texts, dimension), if it has one.
            progress: told how far the work is; it may raise to end it.
            least_size: smallest number of questions in a cluster, at least 2; by default it grows with the square
                root of their number, from 3, and a cluster that lives on may have half as many.
            reasons: the contact reason of each question, None if it has none; no matter for those that stand alone.
        """
        least = size_limit(len(questions)) if least_size is None else max(2, least_size)
        least_to_stay = max(2, least // 2) if least_size is None else least
        progress("clustering", 0, STEPS)
        groups = group_repeats(questions, vectors)
        progress("clustering", 1, STEPS)
        picked_out = any(question.conversation is not None for question in questions)
        drafts, rest = draft_clusters(groups, least, strict=picked_out)
        if picked_out and reasons:
            drafts = join_doubles(drafts, reasons)
        progress("clustering", 2, STEPS)
        parts, gone = continue_clusters(drafts, rest, previous, questions, least, least_to_stay, previous_sample)
        progress("clustering", 3, STEPS)
        inside = {group.key for part in parts for group in part.groups}
        every_terms = class_terms([part.groups for part in parts], [one for one in groups if one.key not in inside])
        if picked_out:
            parts, every_terms = _about_something(parts, every_terms)
        clusters = _clusters(parts, every_terms, groups, questions, kinds, previous)
        clusters, themes = _with_themes(clusters, parts, every_terms, len(questions))
        progress("clustering", STEPS, STEPS)
        members = {row for part in parts for group in part.groups for row in group.rows}
        return Clustering(
            clusters=sorted(clusters, key=_largest_first),
            outliers=[question.id for row, question in enumerate(questions) if row not in members],
            themes=sorted(themes, key=_largest_first),
            gone=gone,
            sample=draw_sample(groups, questions),
        )


def _about_something(
    parts: Sequence[Continued], every_terms: Sequence[ClassTerms]
) -> tuple[list[Continued], list[ClassTerms]]:
    """Those that ask one thing. What an earlier answer told stays: it may have its people and its name."""
    kept = [
        (part, terms)
        for part, terms in zip(parts, every_terms, strict=True)
        if part.ancestor or not terms.shares_only_a_word()
    ]
    return [part for part, _ in kept], [terms for _, terms in kept]


def _clusters(
    parts: Sequence[Continued],
    every_terms: Sequence[ClassTerms],
    groups: Sequence[Group],
    questions: Sequence[QuestionItem],
    kinds: Sequence[Kind],
    previous: Previous,
) -> list[Cluster]:
    """The clusters, in the order of the parts."""
    known = [(part.ancestor.name, part.ancestor.is_named_by_people) if part.ancestor else None for part in parts]
    described = describe(
        [part.groups for part in parts],
        every_terms,
        kept=[one[0] if one and one[1] else None for one in known],
        earlier=[one[0] if one and not one[1] else None for one in known],
    )
    taken = {cluster.id for cluster, _ in previous}
    typical = [wordings(part.groups) or [text.representative.text] for part, text in zip(parts, described, strict=True)]
    by_text = [{group.text: group.vector for group in part.groups} for part in parts]
    reach = reaches(
        groups, [np.stack([known[text] for text in some]) for known, some in zip(by_text, typical, strict=True)]
    )
    clusters = []
    for part, text, some, near in zip(parts, described, typical, reach, strict=True):
        rows = sorted(row for group in part.groups for row in group.rows)
        clusters.append(
            Cluster(
                id=part.ancestor.id if part.ancestor else _new_id(text.representative.key, taken),
                name=text.name,
                representative=text.representative.text,
                size=len(rows),
                share=len(rows) / len(questions),
                kind=_majority(kinds[row] for row in rows),
                keywords=text.keywords,
                members=[questions[row].id for row in rows],
                stability=part.stability,
                event=part.event,
                wordings=some,
                reach=near,
                predecessors=part.predecessors,
                change=part.change,
                generated_name=None if part.ancestor and part.ancestor.is_named_by_people else text.name,
            )
        )
        taken.add(clusters[-1].id)
    return clusters


def _with_themes(
    clusters: Sequence[Cluster], parts: Sequence[Continued], every_terms: Sequence[ClassTerms], questions: int
) -> tuple[list[Cluster], list[Theme]]:
    """The clusters with their themes and places on the map, and the themes."""
    vectors = [np.stack([group.vector for group in part.groups]) for part in parts]
    labels = find_themes(vectors).tolist()
    middles = unit_rows(np.array([some.sum(axis=0, dtype=np.float64) for some in vectors]))
    inside = [
        [row for row, label in enumerate(labels) if label == theme] for theme in range(max(labels, default=-1) + 1)
    ]
    largest = [min((clusters[row] for row in rows), key=_largest_first) for rows in inside]
    names = theme_names([[every_terms[row] for row in rows] for rows in inside], [one.name for one in largest])
    themes = [
        Theme(
            id=one.id.replace("q-", "t-", 1),
            name=name.name,
            size=sum(clusters[row].size for row in rows),
            share=sum(clusters[row].size for row in rows) / questions,
            keywords=name.keywords,
            clusters=[cluster.id for cluster in sorted((clusters[row] for row in rows), key=_largest_first)],
        )
        for rows, one, name in zip(inside, largest, names, strict=True)
    ]
    placed = [
        replace(cluster, theme=themes[label].id, position=(float(x), float(y)))
        for cluster, label, (x, y) in zip(clusters, labels, positions(middles), strict=True)
    ]
    return placed, themes


def _largest_first(one: Cluster | Theme) -> tuple[int, str]:
    return -one.size, one.id


def _majority(kinds: Iterable[Kind]) -> Kind:
    counts = Counter(kinds)
    return max(KINDS, key=lambda kind: counts[kind])


def _new_id(wording: str, taken: set[str]) -> str:
    """An id made from the representative; never one that means another cluster, now or earlier."""
    salt = ""
    while (new := "q-" + hashlib.sha256((wording + salt).encode()).hexdigest()[:8]) in taken:
        salt += "#"
    return new
