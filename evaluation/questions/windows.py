"""Whether clusters are followed from one window of time to the next, and whether what is said to have happened did.

Two windows of the same traffic are random disjoint halves of labelled questions. What happens between them is made to
happen: a label left out of one window, two earlier clusters' records put together, one record divided in two.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Cluster, Clustering, Kind, QuestionItem, Vectors
from nlp_service.text import without_masks

Rows = NDArray[np.intp]

LEAST_INJECTED = 20
MOST_INJECTED = 60
UNEVENTFUL = frozenset({"steady", "quiet"})


class Clusterer(Protocol):
    """What finds clusters in questions whose vectors are known."""

    def cluster(
        self,
        questions: Sequence[QuestionItem],
        vectors: Vectors,
        kinds: Sequence[Kind],
        previous: Sequence[tuple[Cluster, Vectors]],
        *,
        previous_sample: Vectors | None,
    ) -> Clustering:
        """Cluster questions; see `nlp_service.tasks.questions.QuestionClusterer`."""
        ...


@dataclass(frozen=True)
class _Earlier:
    """What is known of an earlier window: its clusters with the vectors of their wordings, and those of its sample."""

    clusters: list[tuple[Cluster, Vectors]]
    sample: Vectors | None = None


_NOTHING = _Earlier([])


@dataclass(frozen=True)
class _Traffic:
    texts: Sequence[str]
    labels: NDArray[np.object_]
    vectors: Vectors
    kinds: Sequence[Kind]
    clusterer: Clusterer

    def answer(self, rows: Rows, earlier: _Earlier = _NOTHING) -> Clustering:
        """Cluster one window; an id is a position among all questions, so that windows share none."""
        questions = [QuestionItem(str(row), self.texts[row]) for row in rows.tolist()]
        kinds = [self.kinds[row] for row in rows]
        return self.clusterer.cluster(
            questions, self.vectors[rows], kinds, earlier.clusters, previous_sample=earlier.sample
        )

    def earlier(self, rows: Rows, answer: Clustering) -> _Earlier:
        """What the next window is told of a window's answer."""
        first = {self.texts[row]: row for row in rows.tolist()[::-1]}
        read = {without_masks(text): row for text, row in first.items()}
        wordings = [cluster.wordings or [cluster.representative] for cluster in answer.clusters]
        clusters = [
            (cluster, self.vectors[[first[text] for text in some]])
            for cluster, some in zip(answer.clusters, wordings, strict=True)
        ]
        return _Earlier(clusters, self.vectors[[read[text] for text in answer.sample]])

    def about(self, cluster: Cluster, label: str) -> bool:
        """Whether more than half of the members have the label."""
        return 2 * int((self.labels[[int(member) for member in cluster.members]] == label).sum()) > cluster.size


def windows(
    texts: Sequence[str],
    labels: Sequence[str | None],
    vectors: Vectors,
    kinds: Sequence[Kind],
    clusterer: Clusterer,
    *,
    runs: int,
    seed: int,
) -> dict[str, float | None]:
    """Follow clusters over pairs of windows; a figure that nothing was there to measure on is None.

    The second window is told the clusters of the first and the sample of its questions.

    `ids_kept`: of the first window's ids, the share that the second has too; `…_lowest` of the worst pair.
    `answers_with_false_event`, `false_events_per_cluster`: over pairs in which nothing happens.
    `born`, `died`, `grown`, `shrunk`: share of the injected changes that are reported. One label with 20 questions or
    more is missing in one window, and 60 of its questions (or all) are in the other; or a quarter of them are in one
    and the rest in the other. Where no cluster of the first window is about it, there is nothing to report.
    `born_where_found`: of the labels that come, only those that a clustering of the second window alone makes a cluster
    of. `born_or_grown`: what comes may instead be told as growth, of a cluster that is about it now; some labels are
    near-synonyms of others, which were there before.
    `split`: two earlier records, picked at random, are put together. `merged`: one is divided in two, every other
    wording in each.

    Args:
        texts: n questions.
        labels: of each; None is no label.
        vectors: shape (n, dimension).
        kinds: of each.
        runs: pairs of windows.
    """
    traffic = _Traffic(texts, np.array(labels, dtype=object), vectors, kinds, clusterer)
    found: defaultdict[str, list[float]] = defaultdict(list)
    for run in range(runs):
        generator = np.random.default_rng([seed, run])
        order = generator.permutation(len(texts))
        first, second = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
        answer = traffic.answer(first)
        earlier = traffic.earlier(first, answer)
        _undisturbed(traffic, second, earlier, found)
        _rearranged(traffic, second, earlier, generator, found)
        _injected(traffic, (first, second), generator, found)
    figures: dict[str, float | None] = {"runs": float(runs)}
    for name in ("ids_kept", "answers_with_false_event", "false_events_per_cluster"):
        figures[name] = _mean(found[name])
    figures["ids_kept_lowest"] = min(found["ids_kept"], default=None)
    for name in ("born", "born_where_found", "born_or_grown", "died", "grown", "shrunk", "split", "merged"):
        figures[name] = _mean(found[name])
        figures[f"{name}_injected"] = float(len(found[name]))
    return figures


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _undisturbed(traffic: _Traffic, second: Rows, earlier: _Earlier, found: defaultdict[str, list[float]]) -> None:
    if not earlier.clusters:
        return
    answer = traffic.answer(second, earlier)
    now = {cluster.id for cluster in answer.clusters}
    found["ids_kept"].append(sum(cluster.id in now for cluster, _ in earlier.clusters) / len(earlier.clusters))
    events = [*(cluster.event for cluster in answer.clusters), *(cluster.event for cluster in answer.gone)]
    false = sum(event not in UNEVENTFUL for event in events)
    found["answers_with_false_event"].append(float(false > 0))
    found["false_events_per_cluster"].append(false / len(events))


def _rearranged(
    traffic: _Traffic,
    second: Rows,
    earlier: _Earlier,
    generator: np.random.Generator,
    found: defaultdict[str, list[float]],
) -> None:
    """Put two records together, and divide one, as if the earlier run had seen them so."""
    if len(earlier.clusters) < 2:
        return
    places = generator.permutation(len(earlier.clusters)).tolist()
    (one, wordings), (other, more) = (earlier.clusters[place] for place in places[:2])
    half = max(1, min(len(wordings), len(more)) // 2)
    whole = replace(
        one,
        members=[*one.members, *other.members],
        size=one.size + other.size,
        share=one.share + other.share,
        reach=None,
    )
    others = [earlier.clusters[place] for place in places[2:]]
    joined = (whole, np.concatenate([wordings[:half], more[:half]]))
    answer = traffic.answer(second, replace(earlier, clusters=[*others, joined]))
    found["split"].append(sum(c.event == "split" and c.predecessors == [one.id] for c in answer.clusters) >= 2)
    if len(wordings) < 4:
        return
    halves = [
        replace(one, id=name, members=one.members[start::2], size=one.size // 2, share=one.share / 2, reach=None)
        for start, name in enumerate((one.id, f"{one.id}-2"))
    ]
    divided = [(part, wordings[start::2]) for start, part in enumerate(halves)]
    answer = traffic.answer(second, replace(earlier, clusters=[*others, earlier.clusters[places[1]], *divided]))
    ids = {part.id for part in halves}
    found["merged"].append(any(c.event == "merged" and ids <= set(c.predecessors) for c in answer.clusters))


def _injected(
    traffic: _Traffic,
    halves: tuple[Rows, Rows],
    generator: np.random.Generator,
    found: defaultdict[str, list[float]],
) -> None:
    """Let one label come, go, grow and shrink."""
    known, counts = np.unique([label for label in traffic.labels if label is not None], return_counts=True)
    frequent = known[counts >= LEAST_INJECTED]
    if not len(frequent):
        return
    label = str(generator.choice(frequent))
    rows = generator.permutation(np.flatnonzero(traffic.labels == label))[:MOST_INJECTED]
    first, second = (half[traffic.labels[half] != label] for half in halves)
    few, many = rows[: len(rows) // 4], rows[len(rows) // 4 :]
    none = rows[:0]
    for event, then, now in (("born", none, rows), ("died", rows, none), ("grown", few, many), ("shrunk", many, few)):
        window = np.concatenate([first, then])
        earlier = traffic.earlier(window, traffic.answer(window))
        later = np.concatenate([second, now])
        answer = traffic.answer(later, earlier)
        if event == "born":
            told = {c.event for c in answer.clusters if traffic.about(c, label)}
            found["born"].append("born" in told)
            found["born_or_grown"].append(not told.isdisjoint({"born", "grown"}))
            if any(traffic.about(c, label) for c in traffic.answer(later).clusters):
                found["born_where_found"].append("born" in told)
            continue
        candidates = [cluster for cluster, _ in earlier.clusters if traffic.about(cluster, label)]
        about = max(candidates, key=lambda c: (c.size, c.id), default=None)
        if about is not None:
            events = {c.id: str(c.event) for c in answer.clusters} | {c.id: str(c.event) for c in answer.gone}
            found[event].append(events[about.id] == event)
