"""The assembled service as something that clusters texts, and what its clusterer was given on the way."""

import asyncio
import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from evaluation.questions.figures import OUTLIER, Labels
from nlp_service.analysis import Analysis
from nlp_service.assembly import running
from nlp_service.clustering import TEXTS_AT_ONCE
from nlp_service.contracts import Cluster, Clustering, Kind, QuestionItem, Vectors
from nlp_service.settings import load
from nlp_service.tasks.questions import QuestionClusterer
from nlp_service.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which cluster each of n questions is in.

    Attributes:
        labels: shape (n,), positions in `clusters` or OUTLIER.
        themes: shape (n,), themes likewise, a cluster outside of all themes being one by itself; None if the service
            finds no themes.
    """

    labels: Labels
    clusters: tuple[Cluster, ...]
    themes: Labels | None

    @property
    def names(self) -> list[str]:
        """Of the clusters."""
        return [cluster.name for cluster in self.clusters]


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer of the service, and what it was made from.

    Attributes:
        vectors: shape (n, dimension), as the clusterer got them.
        seconds: from there to the answer: clustering and naming, without encoding.
    """

    grouping: Grouping
    vectors: Vectors
    kinds: list[Kind]
    seconds: float


class Listener(QuestionClusterer):
    """Stands before a clusterer, and keeps what it was last asked and when."""

    def __init__(self, clusterer: QuestionClusterer) -> None:
        self._clusterer = clusterer
        self._signature = inspect.signature(clusterer.cluster)
        self.given: Mapping[str, Any] = {}
        self.started = 0.0

    def cluster(self, *given: Any, **named: Any) -> Clustering:
        """As the clusterer does."""
        self.given, self.started = self._signature.bind(*given, **named).arguments, perf_counter()
        return self._clusterer.cluster(*given, **named)


class Served:
    """A running service, asked from code that isn't asynchronous."""

    def __init__(self, runner: asyncio.Runner, analysis: Analysis) -> None:
        self._runner = runner
        self._analysis = analysis
        self.clusterer = QuestionClusterer()
        self._listener = Listener(self.clusterer)
        # No answer changes by it. The vectors must be the very ones that were clustered, for the rivals' sake.
        clusterings = analysis._clusterings
        clusterings.tasks = replace(clusterings.tasks, questions=self._listener)

    def cluster(self, texts: Sequence[str]) -> Asked:
        """Cluster texts."""
        questions = [QuestionItem(str(row), text) for row, text in enumerate(texts)]
        clustering = self._runner.run(self._analysis.cluster(questions))
        seconds = perf_counter() - self._listener.started
        given = self._listener.given
        return Asked(read(clustering, len(texts)), given["vectors"], list(given["kinds"]), seconds)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of any number of texts, shape (texts, dimension)."""
        parts = [
            self._runner.run(self._analysis.embed(texts[start : start + TEXTS_AT_ONCE]))[0]
            for start in range(0, len(texts), TEXTS_AT_ONCE)
        ]
        return np.concatenate(parts)

    def digests(self) -> dict[str, str]:
        """Of the models that answer."""
        return self._analysis.digests()


@contextmanager
def served(settings: Mapping[str, Any]) -> Iterator[Served]:
    """The service as these settings and the environment describe it."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        service = runner.run(stack.enter_async_context(running(load(settings), Telemetry())))
        try:
            yield Served(runner, service.analysis)
        finally:
            runner.run(stack.aclose())


def read(clustering: Clustering, questions: int) -> Grouping:
    """An answer as numbers; the questions' ids are their positions."""
    labels = np.full(questions, OUTLIER, dtype=np.intp)
    themes = labels.copy()
    of_theme = {theme.id: number for number, theme in enumerate(clustering.themes)}
    for number, cluster in enumerate(clustering.clusters):
        rows = [int(member) for member in cluster.members]
        labels[rows] = number
        themes[rows] = of_theme.get(cluster.theme or "", len(of_theme) + number)
    return Grouping(labels, tuple(clustering.clusters), themes if clustering.themes else None)
