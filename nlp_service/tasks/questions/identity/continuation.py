"""Which earlier clusters live on in the questions of now, and what has happened to them since.

A fresh clustering of the next window misses some clusters, divides others and joins neighbours, by chance. So the
earlier clusters are a prior: the fresh ones carry on with them, and depart from them only where the vectors leave no
doubt. All that is known of an earlier cluster is what its record says, and the vectors of its wordings.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Cluster, GoneCluster, QuestionItem, Vectors
from nlp_service.tasks.questions.finding.drafts import Draft
from nlp_service.tasks.questions.identity.events import NEWCOMER, NOWHERE, Continued, Events, Home
from nlp_service.tasks.questions.identity.likeness import (
    Cloud,
    Integers,
    homes,
    homes_without_themselves,
    likeness,
    mean_direction,
)
from nlp_service.tasks.questions.identity.returning import Quiet, remembered
from nlp_service.tasks.questions.identity.trends import Counts
from nlp_service.tasks.questions.identity.wordings import mostly_asked, still_asked, with_known
from nlp_service.tasks.questions.wording.repeats import Group, unit_rows

Previous = Sequence[tuple[Cluster, NDArray[np.float32]]]
"""Earlier clusters, each with the vectors of its wordings, shape (wordings, dimension)."""

# Likeness, of the bundled encoder, version 1, on clinc150, CIC, Bitext and DSTC 11's development set: two halves of one
# label 0.95 to 1, nearest labels 0.7 to 0.9; half of a mixture of two labels to the mixture 0.84 to 0.94.
_SAME: Final = 0.87
_ONE: Final = 0.95
# By how much two records of one cluster are more alike than either is to any other: 0.13 and more for 19 of 20 records
# put into two, of three sets. Where clusters are blurred (shop queries), many are 0.95 alike; of these pairs, none of
# eight stood out by 0.1.
_STANDS_OUT: Final = 0.12
# How alike two parts of an earlier cluster's wordings are, and of the questions now, 0 being unrelated clusters of the
# same answer (median) and 1 being one: where two clusters' records had been put together, half are below 0.05 and three
# of four below 0.2. Where windows of the same traffic differ by chance, 0.3 to 1, but for one answer of twenty on a
# Chinese set: there, most had one or two wordings on one side, or questions that are more alike now.
_TWO: Final = 0.2
_LEAST_WORDINGS: Final = 3
_UNRELATED: Final = 0.4
_FEWEST_TO_COMPARE: Final = 5
_LEAST_PART: Final = 0.25


def continue_clusters(
    drafts: Sequence[Draft],
    rest: Sequence[Group],
    previous: Previous,
    questions: Sequence[QuestionItem],
    least: int,
    least_to_stay: int,
    sample: Vectors | None = None,
) -> tuple[list[Continued], list[GoneCluster]]:
    """Carry the earlier clusters on: a new division of the groups, with identities, and the clusters that are gone.

    - A fresh cluster continues the earlier one that it is most alike, if it is alike enough to its wordings, or to a
      quarter of them that are nearest to it. Several that continue one are joined, unless both the wordings on their
      sides and they themselves are hardly more alike than unrelated clusters: then it has `split`, and the one with
      most wordings keeps the id.
      But of these wordings at least half must be asked there: an id never passes to what was a small part.
    - An earlier cluster that none continues is brought back from the questions at home there (nearest to the mean
      direction of its wordings, cosine at least 0.53), also out of fresh clusters, if they are enough, are as a whole
      alike its wordings, and have not become fewer beyond chance. If its wordings are as alike those of another as
      two halves of one cluster, much more so than either's are a third's, and are now where the other is, it has
      `merged`.
    - What continues none, or beside others of its family is more alike a cluster that has been gone for up to four
      runs, is that one come back.
    - `grown`, `shrunk`, `died`, `born`: see `Events`. All else is `steady`, or `quiet`.

    Ids of questions count only where they agree with the vectors; they may be positions in two requests. Then the
    questions known by their ids are wordings too.

    Args:
        drafts: the fresh clusters.
        rest: the groups in none of them.
        previous: all clusters of the earlier answer, and those that were gone then.
        questions: of now; `rows` of the groups are positions in it.
        least: smallest number of questions in a cluster.
        least_to_stay: smallest number in one that continues an earlier cluster.
        sample: of the earlier window's questions, in clusters or not, shape (sampled, dimension). Without one, how many
            of a new cluster's questions there were before can only be bounded, and few births are beyond doubt.
    """
    if not previous:
        return [Continued(draft.groups, draft.stability) for draft in drafts], []
    distinct = sorted({cluster.id: (cluster, wordings) for cluster, wordings in previous}.values(), key=_id)
    living = [one for one in distinct if not one[0].quiet_runs]
    quiet = [cluster for cluster, _ in distinct if cluster.quiet_runs]
    wordings = [np.atleast_2d(vectors).astype(np.float64) for cluster, vectors in distinct if cluster.quiet_runs]
    parts, gone = [Continued(draft.groups, draft.stability) for draft in drafts], list[GoneCluster]()
    if living:
        known = Quiet(quiet, wordings, _SAME)
        parts, gone = _Continuation(drafts, rest, living, questions, (least, least_to_stay), known).result(sample)
    return parts, remembered(gone, [cluster for cluster, _ in living], quiet, parts)


def reaches(groups: Sequence[Group], wordings: Sequence[NDArray[np.float32]]) -> list[int]:
    """Count the questions at home in each cluster: the `reach` by which the next run measures its share.

    Args:
        groups: of all questions of the window, those in no cluster included.
        wordings: of all clusters of the answer, each shape (wordings, dimension).
    """
    if not groups:
        return [0] * len(wordings)
    found = homes(np.stack([group.vector for group in groups]), mean_direction(wordings))
    totals: list[int] = _totals(found, np.array([group.size for group in groups]), len(wordings)).tolist()
    return totals


def _id(earlier: tuple[Cluster, NDArray[np.float32]]) -> str:
    return earlier[0].id


def _totals(labels: Integers, sizes: Integers, count: int) -> Integers:
    """Number of questions of each label 0, 1, …"""
    inside = labels >= 0
    return np.bincount(labels[inside], weights=sizes[inside], minlength=count).astype(np.intp)


def _typical(clusters: Cloud) -> float:
    """How alike two clusters of the earlier answer are that have nothing to do with each other."""
    count = len(clusters.coherence)
    if count < _FEWEST_TO_COMPARE:
        return _UNRELATED
    return float(np.median(likeness(clusters, clusters)[np.triu_indices(count, 1)]))


class _Continuation:
    """One run. Earlier clusters, fresh ones and groups are numbers: positions in `clusters`, `drafts`, `groups`."""

    def __init__(
        self,
        drafts: Sequence[Draft],
        rest: Sequence[Group],
        previous: Previous,
        questions: Sequence[QuestionItem],
        least: tuple[int, int],
        quiet: Quiet,
    ) -> None:
        self._quiet = quiet
        self._clusters = [cluster for cluster, _ in previous]
        self._least, self._least_to_stay = least
        self._groups = [*(group for draft in drafts for group in draft.groups), *rest]
        self._sizes = np.array([group.size for group in self._groups], dtype=np.intp)
        labels = [number for number, draft in enumerate(drafts) for _ in draft.groups]
        self._fresh = np.array([*labels, *([-1] * len(rest))], dtype=np.intp)
        self._stability = np.array([draft.stability for draft in drafts] + [0.0])
        given = [np.atleast_2d(vectors).astype(np.float64) for _, vectors in previous]
        self._vectors = np.array([group.vector for group in self._groups], dtype=np.float32).reshape(
            -1, given[0].shape[1]
        )
        self._homes = homes(self._vectors, mean_direction(given))
        self._wordings = with_known(given, self._clusters, self._groups, self._homes, questions)
        fresh = [self._vectors[self._fresh == number].astype(np.float64) for number in range(len(drafts))]
        self._fresh_cloud, self._cloud = Cloud.of(fresh), Cloud.of(self._wordings)
        self._unrelated = _typical(self._cloud)
        middles = mean_direction(fresh)
        self._nearest = [
            (some @ middles.T).argmax(axis=1) if fresh else np.full(len(some), -1) for some in self._wordings
        ]
        self._events = Events(self._clusters, len(questions), self._clumping(questions))

    def result(self, sample: Vectors | None) -> tuple[list[Continued], list[GoneCluster]]:
        parents = still_asked(self._parents(), self._nearest, self._wordings, self._fresh, self._vectors)
        families: defaultdict[int, list[int]] = defaultdict(list)
        for child, parent in enumerate(parents.tolist()):
            families[parent].append(child)
        orphans = families.pop(-1, [])
        reach = _totals(self._homes, self._sizes, len(self._clusters))
        missed = [number for number in range(len(self._clusters)) if number not in families]
        heirs = {number: heir for number in missed if (heir := self._heir(number, parents)) is not None}
        origins, owners = self._partition(families, orphans)
        for number in missed:
            here = self._homes == number
            if number not in heirs and self._lives_on(number, here, int(reach[number])):
                owners[here] = len(origins)
                origins.append(number)
        parts = self._quiet.returned(self._parts(origins, owners))
        if sample is not None and len(sample):
            self._count_in(sample, parts)
        loose = np.append(parents, -1)[self._fresh] < 0
        left = _totals(np.where(loose, self._homes, -1), self._sizes, len(self._clusters))
        hidden = max((int(left[number]) for number in missed), default=0)
        return self._events.tell(parts, heirs, reach, hidden)

    def _clumping(self, questions: Sequence[QuestionItem]) -> float:
        """How many questions of its conversation a question finds at its home, itself included: the design effect."""
        together = Counter(
            (conversation, home)
            for group, home in zip(self._groups, self._homes.tolist(), strict=True)
            for row in group.rows
            if home >= 0 and (conversation := questions[row].conversation) is not None
        )
        total = sum(together.values())
        return sum(count * count for count in together.values()) / total if total else 1.0

    def _parents(self) -> Integers:
        """The earlier cluster that each fresh one continues, -1 for none."""
        alike = likeness(self._fresh_cloud, self._cloud)
        for number, nearest in enumerate(self._nearest):
            for child, count in Counter(nearest.tolist()).items():
                if child >= 0 and _LEAST_PART * len(nearest) <= count < len(nearest):
                    part = self._part(number, child)
                    alike[child, number] = max(alike[child, number], likeness(self._fresh_cloud[child], part)[0, 0])
        best, most = alike.argmax(axis=1), alike.max(axis=1)
        return self._quiet.set_free(np.where(most >= _SAME, best, -1), most, self._fresh_cloud)

    def _part(self, number: int, child: int) -> Cloud:
        """The wordings of an earlier cluster that are nearest to a fresh one."""
        return Cloud.of([self._wordings[number][self._nearest[number] == child]], self._cloud.coherence[number])

    def _components(self, number: int, children: list[int]) -> list[list[int]]:
        """The children of an earlier cluster, joined unless they are apart; the one with most wordings first."""
        counts = Counter(self._nearest[number].tolist())
        alike = likeness(self._fresh_cloud[children], self._cloud[number])[:, 0]
        components: list[list[int]] = []
        for child in [children[place] for place in np.argsort(-alike, kind="stable")]:
            near = [one for one in components if not all(self._apart(number, child, other) for other in one)]
            joined = [*(other for one in near for other in one), child]
            components = [*(one for one in components if one not in near), joined]
        return sorted(components, key=lambda one: -sum(counts[child] for child in one))

    def _apart(self, number: int, one: int, other: int) -> bool:
        parts = [self._wordings[number][self._nearest[number] == child] for child in (one, other)]
        if min(map(len, parts)) < max(_LEAST_WORDINGS, _LEAST_PART * len(self._wordings[number])):
            return False
        then = likeness(self._part(number, one), self._part(number, other))[0, 0]
        now = likeness(self._fresh_cloud[one], self._fresh_cloud[other])[0, 0]
        return bool(max(then, now) < self._unrelated + _TWO * (1 - self._unrelated))

    def _heir(self, number: int, parents: Integers) -> int | None:
        """The earlier cluster in whose continuation most wordings of a missed one are, if the two are one."""
        found = Counter(int(parents[child]) for child in self._nearest[number].tolist() if child >= 0)
        heir, count = min(found.items(), key=lambda pair: (-pair[1], pair[0]), default=(-1, 0))
        if (
            heir < 0
            or 2 * count < len(self._wordings[number])
            or min(len(self._wordings[number]), len(self._wordings[heir])) < 2
        ):
            return None
        alike = likeness(self._cloud[[number, heir]], self._cloud)
        closeness, others = alike[0, heir], np.delete(alike.max(axis=0), [number, heir])
        next_to_them = others[others < _ONE].max(initial=-1.0)
        return heir if closeness >= max(_ONE, next_to_them + _STANDS_OUT) else None

    def _lives_on(self, number: int, here: NDArray[np.bool_], reach: int) -> bool:
        if reach < self._least_to_stay or self._events.is_a_remnant(number, reach):
            return False
        if not mostly_asked(self._wordings[number], self._vectors[here]):
            return False
        now = Cloud.of([self._vectors[here].astype(np.float64)])
        return bool(likeness(now, self._cloud[number])[0, 0] >= _SAME)

    def _partition(self, families: dict[int, list[int]], orphans: list[int]) -> tuple[list[int], Integers]:
        """Parts made of fresh clusters: the earlier cluster of each (-1: none), and the part of each group (-1)."""
        origins: list[int] = []
        part_of = np.full(len(self._stability), -1, dtype=np.intp)
        for number, children in [*sorted(families.items()), *((-1, [child]) for child in orphans)]:
            for component in self._components(number, children) if number >= 0 else [children]:
                part_of[component] = len(origins)
                origins.append(number)
        return origins, part_of[self._fresh]

    def _parts(self, origins: list[int], owners: Integers) -> list[tuple[int, Continued]]:
        """Clusters that are large enough, each with the earlier one it comes from, the first of which is its heir."""
        parts: list[tuple[int, Continued]] = []
        inherited: set[int] = set()
        for part, origin in enumerate(origins):
            rows = np.flatnonzero(owners == part)
            if self._sizes[rows].sum() < (self._least if origin < 0 else self._least_to_stay):
                continue
            groups = tuple(sorted((self._groups[row] for row in rows), key=lambda group: group.key))
            stability = float(np.average(self._stability[self._fresh[rows]], weights=self._sizes[rows]))
            ancestor = self._clusters[origin] if origin >= 0 and origin not in inherited else None
            inherited.add(origin)
            home = self._home_of_most(rows) if origin < 0 else None
            parts.append((origin, Continued(groups, stability, ancestor, "steady", home=home)))
        return parts

    def _count_in(self, sample: Vectors, parts: Sequence[tuple[int, Continued]]) -> None:
        """Count the questions at home in each newcomer, by one yardstick: in the sample of then, and now.

        None measures itself: a question that was asked once has moved its cluster's middle towards it, as those of then
        have not.
        """
        owners = {group.key: number for number, (_, part) in enumerate(parts) for group in part.groups}
        own = np.array([owners.get(group.key, -1) if group.size == 1 else -1 for group in self._groups], dtype=np.intp)
        sums = np.array([np.sum([group.vector for group in part.groups], axis=0, dtype=float) for _, part in parts])
        then = homes(sample, unit_rows(sums))
        before = _totals(then, np.ones_like(then), len(parts))
        now = _totals(homes_without_themselves(self._vectors, sums, own), self._sizes, len(parts))
        for number, (origin, part) in enumerate(parts):
            if origin == NEWCOMER:
                part.counts = Counts(int(before[number]), len(sample), int(now[number]), int(self._sizes.sum()))

    def _home_of_most(self, rows: Integers) -> Home:
        """Where more of the questions are at home than anywhere else."""
        totals = _totals(self._homes[rows], self._sizes[rows], len(self._clusters))
        nowhere = int(self._sizes[rows].sum() - totals.sum())
        room = self._room_for(rows, totals, nowhere)
        if nowhere > totals.max():
            return Home(NOWHERE, room)
        return Home(int(totals.argmax()), room)

    def _room_for(self, rows: Integers, totals: Integers, nowhere: int) -> int:
        """How many questions like these the earlier answer can have had without making a cluster of them.

        At home in an earlier cluster: the members that its wordings nearest to these stand for, and all that were at
        home there without being members; but no more than there are now. At home nowhere: one less than its smallest
        cluster, or less if fewer of these are at home nowhere.
        """
        fresh = np.bincount(self._fresh[rows], weights=self._sizes[rows]).argmax()
        smallest = min(cluster.size for cluster in self._clusters)
        room = (smallest - 1) * min(1.0, 2 * nowhere / int(self._sizes[rows].sum()))
        for number in np.flatnonzero(totals).tolist():
            cluster = self._clusters[number]
            members = float((self._nearest[number] == fresh).mean()) * cluster.size
            others = max(0, (cluster.reach or cluster.size) - cluster.size)
            room += min(members + others, self._events.before(int(totals[number])))
        return ceil(room)
