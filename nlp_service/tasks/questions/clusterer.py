"""The order of the steps from questions to named clusters."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from nlp_service.contracts import KINDS, Cluster, Clustering, Kind, Progress, QuestionItem, Vectors, unobserved
from nlp_service.tasks.questions.drafts import Draft, draft_clusters
from nlp_service.tasks.questions.identity import Candidate, Identity, Previous, identify
from nlp_service.tasks.questions.keywords import keywords
from nlp_service.tasks.questions.naming import name_of
from nlp_service.tasks.questions.repeats import group_repeats


class QuestionClusterer:
    """Finds the questions that customers keep asking.

    Args:
        min_cluster_size: smallest number of questions in a cluster; at least 2.
    """

    def __init__(self, *, min_cluster_size: int = 3) -> None:
        self._min_cluster_size = max(2, min_cluster_size)

    def cluster(
        self,
        questions: Sequence[QuestionItem],
        vectors: Vectors,
        kinds: Sequence[Kind],
        previous: Previous = (),
        progress: Progress = unobserved,
    ) -> Clustering:
        """Cluster questions that ask the same. It takes seconds for thousands: call it from a worker thread.

        The clusters, their names and their ids don't depend on the order of the questions; `members` and `outliers`
        are in that order. A cluster's `stability` is the mean of HDBSCAN's membership probabilities over its
        questions, 0 for one that joined afterwards: it tells how much of the cluster is a dense core.

        Args:
            questions: n questions with ids that differ.
            vectors: shape (n, dimension), unit rows, or zeros for a text without tokens.
            kinds: of each question.
            previous: clusters of an earlier answer, each with the vectors of its wordings.
            progress: told how far the work is; it may raise to end it.
        """
        progress("clustering", 0, len(questions))
        drafts, rest = draft_clusters(group_repeats(questions, vectors), self._min_cluster_size)
        candidates = [Candidate(frozenset(questions[row].id for row in draft.rows), draft.centroid) for draft in drafts]
        identities = identify(candidates, previous, len(questions))
        parts = zip(
            drafts,
            _ids(drafts, identities, previous),
            identities,
            keywords([draft.groups for draft in drafts], rest),
            strict=True,
        )
        clusters = [_cluster(*part, questions, kinds) for part in parts]
        inside = {row for draft in drafts for row in draft.rows}
        return Clustering(
            clusters=sorted(clusters, key=lambda cluster: (-cluster.size, cluster.id)),
            outliers=[question.id for row, question in enumerate(questions) if row not in inside],
        )


def _cluster(
    draft: Draft,
    cluster_id: str,
    identity: Identity,
    words: list[str],
    questions: Sequence[QuestionItem],
    kinds: Sequence[Kind],
) -> Cluster:
    text = draft.representative.text
    return Cluster(
        id=cluster_id,
        name=identity.ancestor.name if identity.ancestor else name_of(text, words),
        representative=text,
        size=len(draft.rows),
        share=len(draft.rows) / len(questions),
        kind=_majority(kinds[row] for row in draft.rows),
        keywords=words,
        members=[questions[row].id for row in draft.rows],
        stability=draft.stability,
        event=identity.event,
    )


def _majority(kinds: Iterable[Kind]) -> Kind:
    counts = Counter(kinds)
    return max(KINDS, key=lambda kind: counts[kind])


def _ids(drafts: Sequence[Draft], identities: Sequence[Identity], previous: Previous) -> list[str]:
    """Ids inherited, or else made from the representative; never one that means another cluster, now or earlier."""
    taken = {cluster.id for cluster, _ in previous}
    ids = []
    for draft, identity in zip(drafts, identities, strict=True):
        inherited = identity.ancestor.id if identity.ancestor else None
        ids.append(inherited or _new_id(draft.representative.key, taken))
        taken.add(ids[-1])
    return ids


def _new_id(wording: str, taken: set[str]) -> str:
    salt = ""
    while (new := "q-" + hashlib.sha256((wording + salt).encode()).hexdigest()[:8]) in taken:
        salt += "#"
    return new
