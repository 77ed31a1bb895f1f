"""What the service knows about a cluster of questions: its contact reason, and what the knowledge base says to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Cluster, FaqSuggestion, ReasonNode
from nlp_service.judging import Tasks
from nlp_service.text import detect_language, ngrams_of, prepare


def in_context(clusters: Sequence[Cluster], vectors: Mapping[str, NDArray[np.float32]], tasks: Tasks) -> list[Cluster]:
    """The clusters with contact reason and answer, where they are clear.

    Args:
        vectors: of each wording and representative, shape (dimension,), unit length.
    """
    return [
        replace(cluster, reason=_reason(cluster, vectors, tasks), answer=_answer(cluster, vectors, tasks))
        for cluster in clusters
    ]


def _reason(cluster: Cluster, vectors: Mapping[str, NDArray[np.float32]], tasks: Tasks) -> ReasonNode | None:
    """The contact reason that the typical wordings state on average, if it is sure enough to be a tag."""
    wordings = np.stack([vectors[text] for text in cluster.wordings])
    mean = tasks.reasons.classify(wordings, ngrams_of([prepare(text) for text in cluster.wordings])).mean(axis=0)
    found = tasks.reasons.tree.decide(mean, language=detect_language(cluster.representative), top_k=1)
    return found.path[-1] if found.status == "tagged" else None


def _answer(cluster: Cluster, vectors: Mapping[str, NDArray[np.float32]], tasks: Tasks) -> FaqSuggestion | None:
    """The answer that most of the typical wordings and the representative get."""
    texts = [cluster.representative, *cluster.wordings]
    results = tasks.faq.suggest(
        np.stack([vectors[text] for text in texts]), [detect_language(text) for text in texts], 1
    )
    found = [result.suggestions[0] for result in results if result.suggestions]
    counts = {one.id: sum(other.id == one.id for other in found) for one in found}
    best = max(found, key=lambda one: (counts[one.id], one.probability), default=None)
    return best if best and 2 * counts[best.id] > len(texts) else None
