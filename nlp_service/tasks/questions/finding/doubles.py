"""Clusters of conversations that want the same in other words."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Final

from nlp_service.tasks.questions.finding.drafts import Draft, merged

# Chosen by reading the clusters of 513 retail chats and of halves of them, in both scripts: 能取消吗 and 我想取消订单
# are joined; 退款 and 退货 are as near to each other, but their questions don't agree on a reason.
_LEAST_COSINE: Final = 0.7
"""Of the clusters' centroids, of the bundled encoder, version 6."""
_AGREEMENT: Final = 0.6
"""The share of a cluster's questions that state its contact reason."""


def join_doubles(drafts: Sequence[Draft], reasons: Sequence[str | None]) -> list[Draft]:
    """Join clusters that are near each other and state the same contact reason, the nearest two first.

    Vectors tell what customers say: with 能取消吗 and 我想取消订单 they say different things, and want the same.

    Args:
        reasons: of each question, None if it has none.
    """
    by_reason: defaultdict[str | None, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_reason[_agreed(draft, reasons)].append(draft)
    joined = by_reason.pop(None, [])
    for same in by_reason.values():
        joined += _joined(same)
    return sorted(joined, key=_key)


def _agreed(draft: Draft, reasons: Sequence[str | None]) -> str | None:
    """The contact reason of most of a cluster's questions."""
    counts = Counter(reasons[row] for group in draft.groups for row in group.rows)
    (reason, count), *_ = counts.most_common(1)
    return reason if count >= _AGREEMENT * counts.total() else None


def _joined(drafts: list[Draft]) -> list[Draft]:
    """Centroid linkage (Sokal and Michener 1958); the drafts of one reason are few."""
    while len(drafts) > 1:
        one, other = max(combinations(drafts, 2), key=lambda pair: (_cosine(*pair), *map(_key, pair)))
        if _cosine(one, other) < _LEAST_COSINE:
            break
        drafts = [merged(one, other), *(draft for draft in drafts if draft is not one and draft is not other)]
    return drafts


def _cosine(one: Draft, other: Draft) -> float:
    return float(one.direction @ other.direction)


def _key(draft: Draft) -> str:
    return draft.groups[0].key
