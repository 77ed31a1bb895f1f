"""What the service knows about a cluster of questions: its contact reason, and what the knowledge base says to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Cluster, FaqSuggestion, ReasonNode
from nlp_service.judging import Tasks
from nlp_service.tasks.questions import action_alone, cut, event_alone, sameness, subject_of
from nlp_service.text import Language, detect_language, ngrams_of, prepare, to_simplified, to_traditional

# What most questions of a cluster state is as probable as that.
_MOST: Final = 0.5
# So probable a contact reason explains a name: with a wrong one it says less than without.
_CLEAR: Final = 0.55
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
        told = [] if cluster.name in kept else _told(cluster)
        name = next((name for name in told if sameness(name) not in taken), cluster.name)
        taken.add(sameness(name))
        named.append(cluster if name == cluster.name else replace(cluster, name=name, generated_name=name))
    return named


def _told(cluster: Cluster) -> list[str]:
    """Better names, the best first, for one that leaves open what it is about: the reason tells.

    取消订单 for 能取消吗, 可以换吗（退换规则） for 可以换吗, 修改地址 for 地址问题.
    """
    name, reason = cluster.name, cluster.reason
    if reason is None or reason.probability < _CLEAR:
        return []
    either = to_simplified(name) == to_traditional(name)
    is_traditional = _language(cluster) == "zh-Hant" if either else to_simplified(name) != name
    plain = to_simplified(reason.name)
    told = to_traditional(plain) if is_traditional else plain
    action = action_alone(name)
    if action or event_alone(name):
        explained = f"{name}（{told}）"
        fitting = [explained] if plain != action and cut(explained) == explained else []
        is_name = action and len(action) > 1 and plain.startswith(action) and plain != action
        return [told, *fitting] if is_name else fitting
    subject = subject_of(name)
    says_more = subject in cluster.keywords[:1] and subject != told and any(word in told for word in cluster.keywords)
    return [told] if says_more and reason.probability >= _CERTAIN else []


def _language(cluster: Cluster) -> Language:
    """Of all that is shown of it: a short text often doesn't tell the script."""
    return detect_language("，".join([cluster.representative, *cluster.wordings]))


def _reason(cluster: Cluster, vectors: Mapping[str, NDArray[np.float32]], tasks: Tasks) -> ReasonNode | None:
    """The code that most of the typical wordings state, or what is right above it, if it is sure enough to be a tag.

    Its name is in the cluster's script.
    """
    wordings = np.stack([vectors[text] for text in cluster.wordings])
    mean = tasks.reasons.classify(wordings, ngrams_of([prepare(text) for text in cluster.wordings])).mean(axis=0)
    language = _language(cluster)
    found = tasks.reasons.tree.decide(mean, language=language, top_k=1)
    agreed = [node for node in found.path[-2:] if node.probability >= _MOST]
    if not agreed or found.status != "tagged":
        return None
    is_simplified = language == "zh-Hant" and to_simplified(agreed[-1].name) == agreed[-1].name
    return replace(agreed[-1], name=to_traditional(agreed[-1].name)) if is_simplified else agreed[-1]


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
