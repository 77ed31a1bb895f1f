"""What every part of the page reads: the clustering with its questions, days, themes and words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nlp_service.contracts import Cluster, Clustering, QuestionItem
from nlp_service.frequent_questions.report.timeline import Timeline, day_of, timeline
from nlp_service.frequent_questions.report.words import Words, language_of

_COLOURS = 9
"""Themes with a colour of their own; the others share the last one."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A way in which customers ask, and how often they do."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The clustering, made ready to be shown.

    Attributes:
        compared: whether there was a previous run to compare with.
        total: number of questions, those in no cluster too.
        fragments: number of sentences that were left out before.
        texts: of every question, by id.
        days: of the questions whose time is known, by id.
        time: their period; None where no time is known.
        theme_of: number of the theme of each cluster that has one, by the cluster's id.
        number_of: place of each cluster in the list, by its id.
        knows_answers: whether any cluster has an answer; otherwise there may be no knowledge base at all.
    """

    clustering: Clustering
    compared: bool
    words: Words
    total: int
    fragments: int
    texts: Mapping[str, str]
    days: Mapping[str, date]
    time: Timeline | None
    theme_of: Mapping[str, int]
    number_of: Mapping[str, int]
    knows_answers: bool

    @property
    def has_curves(self) -> bool:
        return self.time is not None and self.time.steps > 1

    @property
    def has_themes(self) -> bool:
        return bool(self.clustering.themes)

    @property
    def has_doubtful_changes(self) -> bool:
        return any(cluster.may_have_changed for cluster in self.clustering.clusters)

    def days_of(self, cluster: Cluster) -> list[date]:
        return [self.days[member] for member in cluster.members if member in self.days]

    def wordings(self, cluster: Cluster) -> list[Wording]:
        """What the members say, most frequent first; case and spaces make no difference."""
        counts: Counter[str] = Counter()
        shown: dict[str, str] = {}
        for text in (self.texts[member] for member in cluster.members if member in self.texts):
            key = " ".join(text.split()).casefold()
            counts[key] += 1
            shown.setdefault(key, text.strip())
        return [Wording(shown[key], count) for key, count in counts.most_common()]

    def colour(self, cluster: Cluster) -> str:
        """The class that colours what stands for the cluster."""
        theme = self.theme_of.get(cluster.id) if self.has_themes else 0
        return colour(_COLOURS if theme is None else theme)


def gather(clustering: Clustering, questions: Sequence[QuestionItem], compared: bool, fragments: int) -> Facts:
    """The facts of a clustering of these questions."""
    days = {question.id: day for question in questions if (day := day_of(question.at)) is not None}
    by_id = {theme.id: number for number, theme in enumerate(clustering.themes)}
    clusters = clustering.clusters
    return Facts(
        clustering=clustering,
        compared=compared,
        words=Words(language_of([question.text for question in questions])),
        total=len(questions),
        fragments=fragments,
        texts={question.id: question.text for question in questions},
        days=days,
        time=timeline(days.values()),
        theme_of={cluster.id: by_id[cluster.theme] for cluster in clusters if cluster.theme in by_id},
        number_of={cluster.id: number for number, cluster in enumerate(clusters)},
        knows_answers=any(cluster.answer is not None for cluster in clusters),
    )


def colour(theme: int) -> str:
    """The class of a theme's colour."""
    return f"t{min(theme, _COLOURS)}"
