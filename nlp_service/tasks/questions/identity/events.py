"""What has happened to clusters since the earlier answer, as far as it is beyond chance."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Cluster, Event, GoneCluster, ShareChange
from nlp_service.tasks.questions.identity.likeness import Integers
from nlp_service.tasks.questions.identity.trends import (
    FALSE_ALARMS,
    LEAST_BASE,
    Counts,
    beyond_chance,
    chance_of_change,
    chance_of_growth,
    share_change,
)
from nlp_service.tasks.questions.wording.repeats import Group

# Of an earlier cluster that no traffic is left of, a fifth to a third seems left: neighbours' questions are nearest to
# it now.
_LEFT_OVER: Final = 1 / 3
_LEAST_SHARE: Final = 1e-9
"""Below it a cluster's share doesn't say of how many questions it was."""
_FEWER: Final = 0.01
# The level at which there must be more than before for some to be new, where that is only one of two conditions. Both
# together were met in none of the 440 pairs of windows of the same traffic by which it was chosen (four sets), and in
# none of 120 others.
_MORE: Final = 0.05
# The level at which a sample of the earlier questions doesn't speak against it that there are more now. With a sample,
# no birth was claimed in the 240 pairs of windows of the same traffic by which it was chosen, nor in 90 others.
_LIKELY_MORE: Final = 0.2

NOWHERE: Final = -1
NEWCOMER: Final = -1
"""The origin of what continues no earlier cluster."""
RETURNED: Final = -2
"""The origin of what was quiet in the earlier window, and so isn't new."""


class Home(NamedTuple):
    """The number of the earlier cluster, or NOWHERE, that most of a newcomer's questions are at home in.

    `room`: how many like those of the newcomer the earlier answer can have had without making a cluster of them.
    """

    cluster: int
    room: int


@dataclass(slots=True)
class Continued:
    """A cluster of now with its identity.

    Attributes:
        groups: distinct wordings, by ascending key.
        stability: mean of the drafts' over the questions, 0 for one that was in none.
        ancestor: the earlier cluster whose id and name it inherits.
        predecessors: ids of the earlier clusters that it comes from, ascending.
        home: where most are at home, for clusters that continue none.
        counts: questions at home in it, in a sample of the earlier window and now, for clusters that continue none.
    """

    groups: tuple[Group, ...]
    stability: float
    ancestor: Cluster | None = None
    event: Event = "born"
    predecessors: list[str] = field(default_factory=list)
    change: ShareChange | None = None
    home: Home | None = None
    counts: Counts | None = None

    @property
    def size(self) -> int:
        return sum(group.size for group in self.groups)


class Events:
    """Tells what has happened; earlier clusters are numbers: positions in `clusters`.

    A change of share is looked for where both windows together have 20 questions of the cluster, or would have had the
    share stayed: of one that vanishes there are none now. Over the whole answer,
    the chance that a change or a birth is claimed though the traffic is the same is 2 % at most (`FALSE_ALARMS`), half
    of it for changes and half for births: Fisher's exact test and Holm's procedure in each. What is tested is a number
    of questions drawn at random. Several of one conversation vary more than that: all numbers are divided by the design
    effect first (Kish, Survey Sampling, 1965).

    Args:
        questions: of now.
        clumping: the design effect.

    A cluster that continues none is born if there are more questions like its own than in a sample of the earlier
    window, or more than that run can have overlooked. Without a sample, only the latter can be tested.
    """

    def __init__(self, clusters: Sequence[Cluster], questions: int, clumping: float = 1.0) -> None:
        self._clusters = clusters
        self._now = questions
        self._clumping = clumping
        shares = [one for one in clusters if one.share >= _LEAST_SHARE]
        self._before = max((round(one.size / one.share) for one in shares), default=0)

    def before(self, questions: int) -> float:
        """As many of the earlier window's questions as these are of the questions now."""
        return questions * self._before / self._now

    def is_a_remnant(self, number: int, reach: int) -> bool:
        """Whether a third or less is left of an earlier cluster, beyond chance."""
        before = self._clusters[number].reach
        if before is None or before > self._before:
            return False
        backwards = Counts(reach, self._now, before, self._before)
        few = reach * self._before < _LEFT_OVER * before * self._now
        return few and bool(self._chance_of_growth([backwards])[0] < _FEWER)

    def tell(
        self, parts: list[tuple[int, Continued]], heirs: dict[int, int], reach: Integers, hidden: int
    ) -> tuple[list[Continued], list[GoneCluster]]:
        """Add to the parts what has happened to them, and return them and what became of the ids that none has.

        Args:
            parts: each with the number of the earlier cluster it comes from, or NEWCOMER or RETURNED.
            heirs: earlier clusters that have merged, each with the one it is in.
            reach: how many questions are at home in each earlier cluster now.
            hidden: how many questions of one earlier cluster the fresh clustering of now has overlooked at most.
        """
        sizes = Counter(dict.fromkeys(range(len(self._clusters)), 0))
        pieces: Counter[int] = Counter()
        for origin, part in parts:
            sizes[origin] += part.size
            pieces[origin] += 1
        counts = [self._counts(number, int(reach[number]), sizes[number]) for number in range(len(self._clusters))]
        changes = [share_change(count, self._clumping) if count else None for count in counts]
        newcomers = [part for origin, part in parts if origin == NEWCOMER]
        explained = self._tell_births(newcomers, hidden, [*counts, self._nowhere(reach)], len(parts))
        explained |= {part.home.cluster for origin, part in parts if origin == RETURNED and part.home}
        changed = self._changed(counts)
        for origin, part in parts:
            if origin < 0:
                continue
            part.change = changes[origin]
            from_here = [number for number, heir in heirs.items() if heir == origin and part.ancestor]
            part.predecessors = sorted(self._clusters[number].id for number in [origin, *from_here])
            if from_here:
                part.event = "merged"
            elif pieces[origin] > 1:
                part.event = "split"
            elif origin in changed and not (changed[origin] > 0 and origin in explained):
                part.event = "grown" if changed[origin] > 0 else "shrunk"
        return [part for _, part in parts], [
            self._gone(number, heirs.get(number), pieces, changes[number], changed.get(number, 0))
            for number in range(len(self._clusters))
            if not pieces[number]
        ]

    def _gone(
        self, number: int, heir: int | None, pieces: Counter[int], change: ShareChange | None, sign: int
    ) -> GoneCluster:
        cluster = self._clusters[number]
        if heir is not None and pieces[heir]:
            return GoneCluster(cluster.id, cluster.name, "merged", [self._clusters[heir].id], change)
        return GoneCluster(cluster.id, cluster.name, "died" if sign < 0 else "quiet", [], change)

    def _counts(self, number: int, reach: int, size: int) -> Counts | None:
        """Questions then and now; without an earlier reach the sizes, or what is at home now if that says less."""
        cluster = self._clusters[number]
        before = cluster.size if cluster.reach is None else cluster.reach
        if not self._before or before > self._before or not self._now:
            return None
        expected = before / self._before * self._now
        now = reach if cluster.reach is not None else min(sorted((size, reach)), key=lambda one: abs(one - expected))
        return Counts(before, self._before, now, self._now)

    def _nowhere(self, reach: Integers) -> Counts | None:
        """Questions at home in no earlier cluster, then and now."""
        known = [cluster.reach for cluster in self._clusters if cluster.reach is not None]
        if len(known) < len(self._clusters) or not self._before * self._now:
            return None
        return Counts(max(0, self._before - sum(known)), self._before, self._now - int(reach.sum()), self._now)

    def _changed(self, counts: Sequence[Counts | None]) -> dict[int, int]:
        """Which earlier clusters have changed beyond chance: 1 grown, -1 shrunk."""
        tests = {
            number: count
            for number, count in enumerate(counts)
            if count and count.before + max(count.now, count.before * count.of_now / count.of_before) >= LEAST_BASE
        }
        chances = chance_of_change([self._independent(count) for count in tests.values()])
        sure = beyond_chance(chances, FALSE_ALARMS / 2)
        return {
            number: 1 if count.now * count.of_before > count.before * count.of_now else -1
            for (number, count), certain in zip(tests.items(), sure.tolist(), strict=True)
            if certain
        }

    def _tell_births(
        self, newcomers: list[Continued], hidden: int, counts: Sequence[Counts | None], clusters: int
    ) -> set[int]:
        """Call newcomers born if there are more like them than before; return where they are at home.

        With a sample of the questions then, it is compared. A fresh cluster lies where its own window is dense by
        chance, and newcomers are picked among all clusters for that: all count as tested. Of few questions out of many
        a sample holds none by chance: newcomers may pass the test by room instead, if the sample doesn't speak against
        it, where there was at least as much room as there were such questions in the sample.
        """
        if not newcomers:
            return set()
        chances, rate = self._chances_by_room(newcomers, hidden, counts), FALSE_ALARMS / 2
        sampled = [part.counts for part in newcomers if part.counts]
        if sampled:
            seen, rate = self._chance_of_growth(sampled), rate / 2
            by_room = beyond_chance(np.where(seen < _LIKELY_MORE, chances, 1.0), rate, among=clusters)
            certain = by_room | beyond_chance(seen, rate, among=clusters)
        else:
            certain = beyond_chance(chances, rate)
        homes = set()
        for part, born in zip(newcomers, certain.tolist(), strict=True):
            part.event = "born" if born else "steady"
            if born and part.home and part.home.cluster != NOWHERE:
                homes.add(part.home.cluster)
        return homes

    def _chances_by_room(
        self, newcomers: list[Continued], hidden: int, counts: Sequence[Counts | None]
    ) -> NDArray[np.float64]:
        """P values, shape (newcomers,), of "the earlier run had as many, and overlooked them", from its records alone.

        It can have had as many as there was room for, or as the fresh clustering of now has overlooked of one earlier
        cluster. Besides there must be more questions than before where most of the newcomer's are at home; if that is
        nowhere, it is enough to be more than half of the earlier clusters were.
        """
        if not self._before:
            return np.ones(len(newcomers))
        overlooked = ceil(self.before(hidden))
        then = [max(overlooked, part.home.room if part.home else 0, self._sampled(part)) for part in newcomers]
        chances = self._chances_of_more(then, newcomers)
        half = int(median(cluster.size for cluster in self._clusters))
        usual = self._chances_of_more([half] * len(newcomers), newcomers)
        for place, part in enumerate(newcomers):
            count = counts[part.home.cluster] if part.home else None
            if part.home and count:
                more = float(self._chance_of_growth([count])[0])
                if part.home.cluster == NOWHERE:
                    more = min(more, usual[place])
                chances[place] = chances[place] if more < _MORE else 1.0
            if then[place] + part.size < LEAST_BASE:
                chances[place] = 1.0
        return chances

    def _sampled(self, part: Continued) -> int:
        """How many like a newcomer's questions there were, by the sample."""
        return ceil(part.counts.before * self._before / part.counts.of_before) if part.counts else 0

    def _chances_of_more(self, then: Sequence[int], newcomers: list[Continued]) -> NDArray[np.float64]:
        return self._chance_of_growth(
            [
                Counts(min(few, self._before), self._before, part.size, self._now)
                for few, part in zip(then, newcomers, strict=True)
            ]
        )

    def _chance_of_growth(self, counts: Sequence[Counts]) -> NDArray[np.float64]:
        return chance_of_growth([self._independent(one) for one in counts])

    def _independent(self, counts: Counts) -> Counts:
        """As many as would vary as much if each were drawn by itself."""
        return Counts(*(round(count / self._clumping) for count in counts))
