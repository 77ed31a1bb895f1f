"""What the service knows about a cluster of questions: its contact reason, and what the knowledge base says to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Cluster, FaqSuggestion, ReasonNode
from nlp_service.judging import Tasks
from nlp_service.tasks.questions import cut, lacks_object, sameness, subject_of
from nlp_service.text import Language, detect_language, ngrams_of, prepare, to_simplified, to_traditional

# What most questions of a cluster state is as probable as that.
_MOST: Final = 0.5
# So probable a contact reason is the name of what has only a subject.
_CERTAIN: Final = 0.9


def in_context(
    clusters: Sequence[Cluster],
    vectors: Mapping[str, NDArray[np.float32]],
    tasks: Tasks,
    kept: Collection[str] = (),
) -> list[Cluster]:
    """The clusters with contact reason and answer, where they are clear, and names that can be understood by them.

    Args:
        vectors: of each wording and representative, shape (dimension,), unit length.
        kept: names that stay as they are.
    """
    known = [
        replace(cluster, reason=_reason(cluster, vectors, tasks), answer=_answer(cluster, vectors, tasks))
        for cluster in clusters
    ]
    taken = {sameness(name) for name in [*kept, *(cluster.name for cluster in known)]}
    named = []
    for cluster in known:
        told = cluster.name if cluster.name in kept else _told(cluster)
        name = cluster.name if sameness(told) in taken else told
        taken.add(sameness(name))
        named.append(cluster if name == cluster.name else replace(cluster, name=name, generated_name=name))
    return named


def _told(cluster: Cluster) -> str:
    """A name that leaves open what it is about, told by the reason: 可以换吗（退换规则）, 修改地址 for 地址问题."""
    name, reason = cluster.name, cluster.reason
    if reason is None:
        return name
    either = to_simplified(name) == to_traditional(name)
    is_traditional = _language(cluster) == "zh-Hant" if either else to_simplified(name) != name
    told = to_traditional(reason.name) if is_traditional else to_simplified(reason.name)
    if lacks_object(name):
        explained = f"{name}（{told}）"
        return explained if cut(explained) == explained else name
    subject = subject_of(name)
    says_more = subject in cluster.keywords[:1] and subject in told and subject != told
    return told if says_more and reason.probability >= _CERTAIN else name


def _language(cluster: Cluster) -> Language:
    """Of all that is shown of it: a short text often doesn't tell the script."""
    return detect_language("，".join([cluster.representative, *cluster.wordings]))


def _reason(cluster: Cluster, vectors: Mapping[str, NDArray[np.float32]], tasks: Tasks) -> ReasonNode | None:
    """The code that most of the typical wordings state, or what is right above it, if it is sure enough to be a tag."""
    wordings = np.stack([vectors[text] for text in cluster.wordings])
    mean = tasks.reasons.classify(wordings, ngrams_of([prepare(text) for text in cluster.wordings])).mean(axis=0)
    found = tasks.reasons.tree.decide(mean, language=detect_language(cluster.representative), top_k=1)
    agreed = [node for node in found.path[-2:] if node.probability >= _MOST]
    return agreed[-1] if agreed and found.status == "tagged" else None


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
